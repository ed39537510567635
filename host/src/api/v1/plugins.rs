//! `/v1/plugins`: uploading, switching and removing code.

use axum::Json;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use serde_json::json;
use utoipa_axum::router::UtoipaMethodRouterExt;
use utoipa_axum::routes;

use crate::api::Api;
use crate::api::access::Need;
use crate::api::audit::Change;
use crate::api::problem::{Problem, ProblemBody};
use crate::api::read::{Body, Params, PathName, RawBody, Unreceived};
use crate::api::routes::Routes;
use crate::api::wire::{
    ActivationBody, GrantBody, ListBody, PluginBody, UploadedBody, VersionBody, read_activation,
};
use crate::domain::{AuditAction, Plugin, PluginName};
use crate::plugins::{COMPONENT_BYTES_MAX, PluginView, too_large};

pub(super) fn routes() -> Routes {
    // One byte more than allowed is received, so that the use case can report how to make it smaller.
    let upload_limit = DefaultBodyLimit::max(COMPONENT_BYTES_MAX + 1);
    Routes::default()
        .operations(Need::ReadPlugins, routes!(list))
        .operations(Need::ReadPlugins, routes!(show))
        .operations(Need::ReadPlugins, routes!(versions))
        .change(Need::Plugins, AuditAction::PluginUpload, routes!(upload).layer(upload_limit))
        .change(Need::Plugins, AuditAction::PluginRemove, routes!(remove))
        .change(Need::Plugins, AuditAction::PluginActivate, routes!(activate))
}

/// Upload a component as a new version of a plugin. The same bytes uploaded again keep their version. A component can
/// ask for a grant, as JSON in its custom section `taskbox:grant`: it is shown, and never given.
#[utoipa::path(
    put, path = "/v1/plugins/{name}", tag = "plugins", operation_id = "upload_plugin",
    params(
        ("name" = String, Path),
        ("activate" = Option<bool>, Query, description = "Whether to activate the version for new attempts; default true"),
    ),
    request_body(content = Vec<u8>, content_type = "application/wasm"),
    responses(
        (status = 201, description = "A new version", body = UploadedBody),
        (status = 200, description = "A version with the same bytes exists", body = UploadedBody),
        (status = 422, description = "The component is unfit, or takes too much time or memory to compile", body = ProblemBody<'static>),
        (status = 503, description = "Too many uploads are being compiled", body = ProblemBody<'static>),
    )
)]
async fn upload(
    State(api): State<Api>,
    PathName(name): PathName<PluginName>,
    mut params: Params,
    body: Result<RawBody, Unreceived>,
) -> Result<(StatusCode, Change, Json<UploadedBody>), Problem> {
    let activate = params.parsed("activate").unwrap_or(true);
    params.finish()?;
    let RawBody { bytes, share } = body.map_err(unread_component)?;
    // A caller that disconnects ends the check, which may compile for a minute; the store after it completes.
    let before = api.plugins.plugin(&name).map(|view| recorded(&view));
    let checked = api.plugins.check(name, bytes).await?;
    let uploaded = api.plugins.keep(checked.holding(share), activate).await?;
    let status = if uploaded.new { StatusCode::CREATED } else { StatusCode::OK };
    let version = &uploaded.version;
    let after = json!({ "version": version.version, "digest": version.digest.to_string(), "is_active": uploaded.active });
    Ok((status, Change::to(&after).from(before.as_ref()), Json(UploadedBody::from(&uploaded))))
}

/// A component that is too large is refused like any other unfit one.
fn unread_component(unreceived: Unreceived) -> Problem {
    match unreceived {
        Unreceived::TooLarge => too_large().into(),
        other => other.into(),
    }
}

/// List plugins by name.
#[utoipa::path(
    get, path = "/v1/plugins", tag = "plugins", operation_id = "list_plugins",
    responses((status = 200, description = "Plugins", body = ListBody<PluginBody>))
)]
async fn list(State(api): State<Api>, params: Params) -> Result<Json<ListBody<PluginBody>>, Problem> {
    params.finish()?;
    Ok(Json(ListBody::whole(api.plugins.list().iter().filter_map(PluginBody::new).collect())))
}

/// Show a plugin.
#[utoipa::path(
    get, path = "/v1/plugins/{name}", tag = "plugins", operation_id = "show_plugin",
    params(("name" = String, Path)),
    responses(
        (status = 200, description = "The plugin", body = PluginBody),
        (status = 404, description = "Not found", body = ProblemBody<'static>),
    )
)]
async fn show(
    State(api): State<Api>,
    PathName(name): PathName<PluginName>,
) -> Result<Json<PluginBody>, Problem> {
    let body = PluginBody::new(&view(&api, &name)?).ok_or_else(|| Problem::no_such("plugin", &name))?;
    Ok(Json(body))
}

/// List the versions of a plugin, newest first.
#[utoipa::path(
    get, path = "/v1/plugins/{name}/versions", tag = "plugins", operation_id = "list_versions",
    params(("name" = String, Path)),
    responses((status = 200, description = "Versions", body = ListBody<VersionBody>))
)]
async fn versions(
    State(api): State<Api>,
    PathName(name): PathName<PluginName>,
) -> Result<Json<ListBody<VersionBody>>, Problem> {
    let plugin = view(&api, &name)?.plugin;
    Ok(Json(ListBody::whole(version_bodies(&plugin))))
}

/// Activate a version for new attempts. Running jobs finish on the version that they started with.
#[utoipa::path(
    put, path = "/v1/plugins/{name}/active", tag = "plugins", operation_id = "activate_plugin",
    params(("name" = String, Path)),
    request_body = ActivationBody,
    responses(
        (status = 200, description = "The plugin", body = PluginBody),
        (status = 409, description = "Another plugin offers the same task", body = ProblemBody<'static>),
        (status = 422, description = "There is no such version", body = ProblemBody<'static>),
    )
)]
async fn activate(
    State(api): State<Api>,
    PathName(name): PathName<PluginName>,
    body: Body,
) -> Result<(Change, Json<PluginBody>), Problem> {
    let version = body.read(read_activation)?;
    let before = api.plugins.plugin(&name).map(|view| recorded(&view));
    api.plugins.activate(name.clone(), version).await?;
    let change = Change::to(&recorded(&view(&api, &name)?)).from(before.as_ref());
    Ok((change, show(State(api), PathName(name)).await?))
}

/// Remove a plugin with all its versions and its grant.
#[utoipa::path(
    delete, path = "/v1/plugins/{name}", tag = "plugins", operation_id = "remove_plugin",
    params(("name" = String, Path)),
    responses((status = 204, description = "Removed"))
)]
async fn remove(
    State(api): State<Api>,
    PathName(name): PathName<PluginName>,
) -> Result<(Change, StatusCode), Problem> {
    let before = api.plugins.plugin(&name);
    let before =
        before.map(|view| json!({ "plugin": recorded(&view), "grant": GrantBody::from(&view.grant) }));
    api.plugins.remove(name).await?;
    Ok((Change::removal(&before), StatusCode::NO_CONTENT))
}

/// A plugin in the audit log.
fn recorded(PluginView { plugin, .. }: &PluginView) -> serde_json::Value {
    json!({ "versions": plugin.versions.len(), "active": plugin.active })
}

fn view(api: &Api, name: &PluginName) -> Result<PluginView, Problem> {
    api.plugins.plugin(name).ok_or_else(|| Problem::no_such("plugin", name))
}

fn version_bodies(plugin: &Plugin) -> Vec<VersionBody> {
    let body = |version| VersionBody::new(version, plugin.active == Some(version.version));
    plugin.versions.iter().rev().map(body).collect()
}
