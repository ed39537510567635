//! The HTTP API, version 1. A route and its line in the OpenAPI document are one and the same.

mod audit;
mod backup;
mod bulk;
mod described_tasks;
mod document;
mod events;
mod grants;
mod inbox;
mod job_events;
mod jobs;
mod operations;
mod order_events;
mod orders;
mod plugins;
mod queues;
mod readable;
mod retention;
mod schedules;
mod secrets;
mod submit;
mod tasks;
mod tokens;

use axum::Json;
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::OpenApi;
use utoipa::openapi::OpenApi as OpenApiDocument;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};

use super::problem::{FieldError, ProblemBody};
use super::routes::{Routes, SECURITY_SCHEME};
pub(super) use document::document;
pub(super) use tokens::creation as token_creation;

/// The description of the API as a whole.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Taskbox",
        description = "Durable jobs, run by uploaded plugins. Errors are `application/problem+json` \
            (RFC 9457). Unknown fields and parameters are refused. Ids are UUIDs, times are RFC 3339 in \
            UTC, durations are strings such as `90s`, `15m` or `250ms`. A host with tokens requires one: \
            each operation names the scopes of which the token must have one. A host without tokens \
            requires none."
    ),
    components(schemas(ProblemBody<'static>, FieldError)),
    tags(
        (name = "orders", description = "Orders of customers"),
        (name = "jobs", description = "Jobs, queues, tasks and schedules"),
        (name = "plugins", description = "Plugins, their grants and secrets"),
        (name = "access", description = "Tokens, and the log of changes"),
    )
)]
struct Description;

/// All operations of the API.
pub(super) fn routes() -> Routes {
    orders::routes()
        .and(submit::routes())
        .and(jobs::routes())
        .and(inbox::routes())
        .and(bulk::routes())
        .and(operations::routes())
        .and(retention::routes())
        .and(plugins::routes())
        .and(grants::routes())
        .and(secrets::routes())
        .and(queues::routes())
        .and(tasks::routes())
        .and(schedules::routes())
        .and(backup::routes())
        .and(tokens::routes())
        .and(audit::routes())
}

/// The description of the API, before its operations are known.
pub(super) fn description() -> OpenApiDocument {
    let mut description = Description::openapi();
    let components = description.components.get_or_insert_default();
    let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
    components.add_security_scheme(SECURITY_SCHEME, scheme);
    description
}

/// The response to a request that creates: 202 with the location, or 200 when the same key created it before.
fn created(location: Option<String>, body: impl Serialize, replayed: bool) -> Response {
    let mut headers = HeaderMap::new();
    if let Some(location) = location.and_then(|path| HeaderValue::try_from(path).ok()) {
        headers.insert(LOCATION, location);
    }
    if replayed {
        let name = HeaderName::from_static("idempotent-replayed");
        headers.insert(name, HeaderValue::from_static("true"));
    }
    let status = if replayed { StatusCode::OK } else { StatusCode::ACCEPTED };
    (status, headers, Json(body)).into_response()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::api::routes::CHANGE_EXTENSION;

    /// Each operation, and the scopes of which one is enough; `-` for one that requires no token.
    const NEEDS: &str = "
        GET /v1/audit: operate audit
        POST /v1/backup: operate
        POST /v1/events: -
        GET /v1/jobs: read operate
        POST /v1/jobs: submit
        POST /v1/jobs/batch: submit
        POST /v1/jobs/bulk: submit operate jobs:cancel jobs:retry jobs:delete
        GET /v1/jobs/{id}: submit read operate
        DELETE /v1/jobs/{id}: submit operate jobs:delete
        POST /v1/jobs/{id}/cancel: submit operate jobs:cancel
        GET /v1/jobs/{id}/events: submit read operate
        POST /v1/jobs/{id}/events/{name}: submit operate
        GET /v1/jobs/{id}/logs: submit read operate
        POST /v1/jobs/{id}/retry: submit operate jobs:retry
        GET /v1/jobs/{id}/submitted: submit read operate
        GET /v1/jobs/{id}/why: submit read operate
        GET /v1/operations: read operate
        POST /v1/operations: operate
        GET /v1/operations/{id}: read operate
        POST /v1/operations/{id}/stop: operate
        GET /v1/orders: read operate
        POST /v1/orders: submit
        GET /v1/orders/{id}: submit read operate
        GET /v1/orders/{id}/events: submit read operate
        GET /v1/plugins: read operate plugins
        GET /v1/plugins/{name}: read operate plugins
        PUT /v1/plugins/{name}: operate plugins
        DELETE /v1/plugins/{name}: operate plugins
        PUT /v1/plugins/{name}/active: operate plugins
        GET /v1/plugins/{name}/grant: read operate plugins
        PUT /v1/plugins/{name}/grant: operate plugins
        GET /v1/plugins/{name}/versions: read operate plugins
        GET /v1/queues: read operate queues
        GET /v1/queues/{name}: read operate queues
        PUT /v1/queues/{name}: operate queues
        GET /v1/retention: read operate
        GET /v1/schedules: read operate schedules
        GET /v1/schedules/{name}: read operate schedules
        PUT /v1/schedules/{name}: operate schedules
        DELETE /v1/schedules/{name}: operate schedules
        GET /v1/secrets: operate secrets
        PUT /v1/secrets/{name}: operate secrets
        DELETE /v1/secrets/{name}: operate secrets
        GET /v1/tasks: read operate queues
        GET /v1/tasks/{name}: read operate queues
        PUT /v1/tasks/{name}: operate queues
        GET /v1/tokens: operate tokens
        POST /v1/tokens: operate tokens
        DELETE /v1/tokens/{id}: operate tokens
    ";

    /// Operations that change something and that the audit log does not record: what callers submit, and events.
    const UNRECORDED: [&str; 5] = [
        "POST /v1/events",
        "POST /v1/jobs",
        "POST /v1/jobs/batch",
        "POST /v1/jobs/{id}/events/{name}",
        "POST /v1/orders",
    ];

    #[test]
    fn every_change_is_recorded_but_for_submissions_and_events() {
        let document = serde_json::to_value(routes().described(description())).unwrap();
        let mut unrecorded = BTreeSet::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let is_recorded = operation[CHANGE_EXTENSION].is_string();
                assert!(!is_recorded || method != "get", "{method} {path}");
                if !is_recorded && method != "get" {
                    unrecorded.insert(format!("{} {path}", method.to_uppercase()));
                }
            }
        }
        assert_eq!(unrecorded, UNRECORDED.map(str::to_owned).into());
    }

    #[test]
    fn every_operation_needs_what_is_decided_for_it() {
        let document = routes().described(description());
        let document = serde_json::to_value(document).unwrap();
        let mut found = BTreeSet::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                let alternatives = operation["security"].as_array().unwrap();
                let scopes = alternatives.iter().filter_map(|need| need[SECURITY_SCHEME][0].as_str());
                let scopes: Vec<_> = scopes.collect();
                let scopes = if scopes.is_empty() { "-".to_owned() } else { scopes.join(" ") };
                found.insert(format!("{} {path}: {scopes}", method.to_uppercase()));
            }
        }
        let decided = NEEDS.lines().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty());
        assert_eq!(found, decided.collect());
    }
}
