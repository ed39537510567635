//! External events that jobs wait for.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use utoipa_axum::routes;

use crate::api::Api;
use crate::api::access::{CalledBy, Need};
use crate::api::problem::{Kind, Problem, ProblemBody};
use crate::api::read::{Body, Params, PathIdAndName};
use crate::api::routes::Routes;
use crate::api::wire::ReceivedEventBody;
use crate::domain::{EventKey, EventName, JobId};
use crate::ports::{ReceivedEvent, StorageError};

pub(super) fn routes() -> Routes {
    Routes::default().operations(Need::ActById, routes!(send)).operations(Need::Nothing, routes!(send_by_key))
}

/// Send an event to a job. The body is its value, any JSON; a job receives at most 100 events with 1 MiB in all. It is
/// durable before the response, also while the job runs, and a job that waits for it runs again.
#[utoipa::path(
    post, path = "/v1/jobs/{id}/events/{name}", tag = "jobs", operation_id = "send_event",
    params(("id" = Uuid, Path), ("name" = String, Path)),
    request_body(content = serde_json::Value),
    responses(
        (status = 201, description = "Received", body = ReceivedEventBody),
        (status = 200, description = "Received before, with the same value", body = ReceivedEventBody),
        (status = 403, description = "Submitted by another token", body = ProblemBody<'static>),
        (status = 404, description = "Not found", body = ProblemBody<'static>),
        (status = 409, description = "Received before with another value, or the wait or the job is over", body = ProblemBody<'static>),
    )
)]
async fn send(
    State(api): State<Api>,
    CalledBy(caller): CalledBy,
    PathIdAndName(id, event): PathIdAndName<JobId, EventName>,
    body: Body,
) -> Result<Response, Problem> {
    let value = body.read(|value| value.any())?;
    Ok(received(&api.queue.send_event(&caller, id, event, value).await?))
}

/// Send the event of a one-time URL, which a task asked for and handed to a third party.
#[utoipa::path(
    post, path = "/v1/events", tag = "jobs", operation_id = "send_event_by_key",
    params(("key" = String, Query, description = "The key in the URL")),
    request_body(content = serde_json::Value),
    responses(
        (status = 201, description = "Received", body = ReceivedEventBody),
        (status = 200, description = "Received before, with the same value", body = ReceivedEventBody),
        (status = 404, description = "The key is unknown or has expired", body = ProblemBody<'static>),
        (status = 409, description = "Received before with another value, or the wait or the job is over", body = ProblemBody<'static>),
    )
)]
async fn send_by_key(State(api): State<Api>, mut params: Params, body: Body) -> Result<Response, Problem> {
    let key = params.text("key");
    params.finish()?;
    let unknown = || Problem::new(Kind::NOT_FOUND, "the key is unknown or has expired");
    let key: EventKey = key.and_then(|key| key.parse().ok()).ok_or_else(unknown)?;
    let value = body.read(|value| value.any())?;
    match api.queue.send_event_by_key(key, value).await {
        Ok(event) => Ok(received(&event)),
        Err(StorageError::NotFound { .. }) => Err(unknown()),
        Err(error) => Err(error.into()),
    }
}

fn received(event: &ReceivedEvent) -> Response {
    let status = if event.is_new { StatusCode::CREATED } else { StatusCode::OK };
    (status, Json(ReceivedEventBody::from(event))).into_response()
}
