//! `/v1/secrets`: names and dates come out, values never.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::routes;

use crate::api::Api;
use crate::api::access::Need;
use crate::api::audit::Change;
use crate::api::problem::{Problem, ProblemBody};
use crate::api::read::{Body, Params, PathName};
use crate::api::routes::Routes;
use crate::api::wire::{ListBody, SecretBody, SecretValueBody, read_secret_value};
use crate::domain::{AuditAction, SecretName};

pub(super) fn routes() -> Routes {
    Routes::default()
        .operations(Need::Secrets, routes!(list))
        .change(Need::Secrets, AuditAction::SecretWrite, routes!(put))
        .change(Need::Secrets, AuditAction::SecretRemove, routes!(remove))
}

/// List secrets: their names and dates.
#[utoipa::path(
    get, path = "/v1/secrets", tag = "plugins", operation_id = "list_secrets",
    responses((status = 200, description = "Secrets", body = ListBody<SecretBody>))
)]
async fn list(State(api): State<Api>, params: Params) -> Result<Json<ListBody<SecretBody>>, Problem> {
    params.finish()?;
    Ok(Json(ListBody::whole(api.plugins.secrets().iter().map(SecretBody::from).collect())))
}

/// Write a secret. It applies to attempts that start from now on.
#[utoipa::path(
    put, path = "/v1/secrets/{name}", tag = "plugins", operation_id = "put_secret",
    params(("name" = String, Path)),
    request_body = SecretValueBody,
    responses(
        (status = 200, description = "The secret", body = SecretBody),
        (status = 422, description = "The request is invalid", body = ProblemBody<'static>),
    )
)]
async fn put(
    State(api): State<Api>,
    PathName(name): PathName<SecretName>,
    body: Body,
) -> Result<(Change, Json<SecretBody>), Problem> {
    let value = body.read(read_secret_value)?;
    let before = known(&api, &name);
    let body = SecretBody::from(&api.plugins.put_secret(name, value).await?);
    Ok((Change::to(&body).from(before.as_ref()), Json(body)))
}

/// Remove a secret.
#[utoipa::path(
    delete, path = "/v1/secrets/{name}", tag = "plugins", operation_id = "remove_secret",
    params(("name" = String, Path)),
    responses(
        (status = 204, description = "Removed"),
        (status = 404, description = "Not found", body = ProblemBody<'static>),
    )
)]
async fn remove(
    State(api): State<Api>,
    PathName(name): PathName<SecretName>,
) -> Result<(Change, StatusCode), Problem> {
    let before = known(&api, &name);
    api.plugins.remove_secret(name).await?;
    Ok((Change::removal(&before), StatusCode::NO_CONTENT))
}

/// The visible part of a secret.
fn known(api: &Api, name: &SecretName) -> Option<SecretBody> {
    api.plugins.secrets().iter().find(|info| info.name == *name).map(SecretBody::from)
}
