//! `/v1/tokens`: making, listing and revoking access tokens.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::routes;

use crate::api::Api;
use crate::api::access::{Need, Viewer};
use crate::api::audit::Change;
use crate::api::problem::{Problem, ProblemBody};
use crate::api::read::{Body, Params, PathId};
use crate::api::routes::Routes;
use crate::api::wire::{ListBody, MadeTokenBody, NewTokenBody, TokenBody, read_new_token};
use crate::domain::{AuditAction, TokenId};

pub(super) fn routes() -> Routes {
    Routes::default()
        .operations(Need::Tokens, routes!(list))
        .change(Need::Tokens, AuditAction::TokenCreate, routes!(create))
        .change(Need::Tokens, AuditAction::TokenRevoke, routes!(revoke))
}

/// List tokens: those of the settings, then those that were made, by name.
#[utoipa::path(
    get, path = "/v1/tokens", tag = "access", operation_id = "list_tokens",
    responses((status = 200, description = "Tokens, without the tokens themselves", body = ListBody<TokenBody>))
)]
async fn list(State(api): State<Api>, params: Params) -> Result<Json<ListBody<TokenBody>>, Problem> {
    params.finish()?;
    Ok(Json(ListBody::whole(api.tokens.list().iter().map(|key| TokenBody::from(&**key)).collect())))
}

/// Make a token. The host keeps only its digest: the response alone shows it. The first token must have the scope
/// `operate`; with it the host answers only requests with a token. A caller without `operate` gives only scopes that it has.
#[utoipa::path(
    post, path = "/v1/tokens", tag = "access", operation_id = "create_token",
    request_body = NewTokenBody,
    responses(
        (status = 201, description = "Made", body = MadeTokenBody),
        (status = 403, description = "The token would have scopes that the caller lacks", body = ProblemBody<'static>),
        (status = 409, description = "There are 1,000 tokens", body = ProblemBody<'static>),
        (status = 422, description = "The request is invalid", body = ProblemBody<'static>),
    )
)]
async fn create(
    State(api): State<Api>,
    viewer: Viewer,
    body: Body,
) -> Result<(StatusCode, Change, Json<MadeTokenBody>), Problem> {
    let new = body.read(|value| read_new_token(value, api.clock.now()))?;
    let made = api.tokens.create(viewer.token(), new).await?;
    Ok((StatusCode::CREATED, creation(&made), Json(MadeTokenBody::new(&made))))
}

/// A new token in the audit log.
pub(in crate::api) fn creation(made: &crate::tokens::Made) -> Change {
    let body = TokenBody::from(&*made.key);
    Change::to(&body).of(format!("tokens/{}", made.key.token.id()))
}

/// Revoke a token. Requests with it are refused from now on, and sessions that were opened with it end; other hosts of the
/// same storage follow within a second. When the last token goes, a host on a loopback address is open again.
#[utoipa::path(
    delete, path = "/v1/tokens/{id}", tag = "access", operation_id = "revoke_token",
    params(("id" = String, Path)),
    responses(
        (status = 204, description = "Revoked"),
        (status = 403, description = "The token has scopes that the caller lacks", body = ProblemBody<'static>),
        (status = 404, description = "Not found", body = ProblemBody<'static>),
        (status = 409, description = "It stands in the settings, or others would remain without one with `operate`", body = ProblemBody<'static>),
    )
)]
async fn revoke(
    State(api): State<Api>,
    viewer: Viewer,
    PathId(id): PathId<TokenId>,
) -> Result<(Change, StatusCode), Problem> {
    let key = api.tokens.revoke(viewer.token(), id).await?;
    Ok((Change::removal(&TokenBody::from(&*key)), StatusCode::NO_CONTENT))
}
