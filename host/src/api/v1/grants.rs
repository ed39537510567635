//! `/v1/plugins/{name}/grant`: what a plugin may do.

use axum::Json;
use axum::extract::State;
use utoipa_axum::routes;

use crate::api::Api;
use crate::api::access::Need;
use crate::api::audit::Change;
use crate::api::problem::{Problem, ProblemBody};
use crate::api::read::{Body, PathName};
use crate::api::routes::Routes;
use crate::api::wire::{GrantBody, read_grant};
use crate::domain::{AuditAction, PluginName};

pub(super) fn routes() -> Routes {
    Routes::default().operations(Need::ReadPlugins, routes!(show)).change(
        Need::Plugins,
        AuditAction::GrantWrite,
        routes!(put),
    )
}

/// Show the grant of a plugin. It is empty until one is written.
#[utoipa::path(
    get, path = "/v1/plugins/{name}/grant", tag = "plugins", operation_id = "show_grant",
    params(("name" = String, Path)),
    responses((status = 200, description = "The grant", body = GrantBody))
)]
async fn show(State(api): State<Api>, PathName(name): PathName<PluginName>) -> Json<GrantBody> {
    Json(GrantBody::from(&api.plugins.grant(&name)))
}

/// Replace the grant of a plugin. The plugin may be uploaded later. The grant applies to attempts that start from now
/// on.
#[utoipa::path(
    put, path = "/v1/plugins/{name}/grant", tag = "plugins", operation_id = "put_grant",
    params(("name" = String, Path)),
    request_body = GrantBody,
    responses(
        (status = 200, description = "The grant", body = GrantBody),
        (status = 422, description = "The request is invalid", body = ProblemBody<'static>),
    )
)]
async fn put(
    State(api): State<Api>,
    PathName(name): PathName<PluginName>,
    body: Body,
) -> Result<(Change, Json<GrantBody>), Problem> {
    let grant = body.read(read_grant)?;
    let written = GrantBody::from(&grant);
    let before = GrantBody::from(&api.plugins.grant(&name));
    api.plugins.put_grant(name, grant).await?;
    Ok((Change::to(&written).from(Some(&before)), Json(written)))
}
