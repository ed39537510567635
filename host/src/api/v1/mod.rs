//! The HTTP API, version 1. A route and its line in the OpenAPI document are one and the same.

mod bulk;
mod grants;
mod job_events;
mod jobs;
mod order_events;
mod orders;
mod plugins;
mod queues;
mod retention;
mod schedules;
mod secrets;
mod submit;
mod tasks;

use axum::http::header::{CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use utoipa::OpenApi;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa_axum::router::OpenApiRouter;

use super::Api;
use super::problem::{FieldError, Problem, ProblemBody};

/// What is said about the API as a whole.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Taskbox",
        description = "Durable jobs, run by uploaded plugins. Errors are `application/problem+json` \
            (RFC 9457). An unknown field or parameter is refused. Ids are UUIDs, times are RFC 3339 in \
            UTC, durations are texts such as `90s`, `15m` or `250ms`."
    ),
    components(schemas(ProblemBody<'static>, FieldError)),
    tags(
        (name = "orders", description = "What customers order"),
        (name = "jobs", description = "Durable work"),
        (name = "plugins", description = "The code that runs, and what it may do"),
    )
)]
struct Description;

/// All routes below `/v1`, and the document that describes them.
pub(super) fn router() -> Router<Api> {
    let (routes, mut document) = OpenApiRouter::with_openapi(Description::openapi())
        .merge(orders::router())
        .merge(submit::router())
        .merge(jobs::router())
        .merge(bulk::router())
        .merge(retention::router())
        .merge(plugins::router())
        .merge(grants::router())
        .merge(secrets::router())
        .merge(queues::router())
        .merge(tasks::router())
        .merge(schedules::router())
        .split_for_parts();
    let components = document.components.get_or_insert_default();
    components.add_security_scheme("token", SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    // The empty alternative: a host without tokens asks for none.
    let either = [SecurityRequirement::new("token", [] as [&str; 0]), SecurityRequirement::default()];
    document.security = Some(either.into());
    let text: axum::body::Bytes = document.to_json().unwrap_or_default().into();
    let json = HeaderValue::from_static("application/json");
    routes.route("/v1/openapi.json", get(async move || ([(CONTENT_TYPE, json)], text)))
}

/// The answer to a request that creates: 202 and where it is; 200 when the same key created it before.
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

/// Runs a change to its end, also when the caller goes away in the middle: what was written is then
/// also told, and what is remembered of it is not left behind.
async fn to_its_end<T: Send + 'static>(
    change: impl Future<Output = T> + Send + 'static,
) -> Result<T, Problem> {
    tokio::spawn(change).await.map_err(Problem::internal)
}
