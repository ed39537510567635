//! `/v1/operations`: acting on all jobs that match a filter, however many, in the background.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use utoipa_axum::routes;

use crate::api::Api;
use crate::api::access::{CalledBy, Need};
use crate::api::audit::{Change, audit_action};
use crate::api::problem::{Problem, ProblemBody};
use crate::api::read::{Body, Params, PathId};
use crate::api::routes::Routes;
use crate::api::wire::{ListBody, OperationBody, OperationRequestBody, read_operation};
use crate::domain::{AuditAction, OperationId};

pub(super) fn routes() -> Routes {
    Routes::default()
        .change(Need::Operate, AuditAction::JobRetry, routes!(begin))
        .operations(Need::Read, routes!(list))
        .operations(Need::Read, routes!(show))
        .change(Need::Operate, AuditAction::OperationStop, routes!(stop))
}

/// Begin to retry, cancel or delete all jobs that match a filter. The host goes on in small steps, between which it
/// handles other requests, and after a restart. Jobs that are submitted later are left alone. At most 16 operations run
/// at the same time.
#[utoipa::path(
    post, path = "/v1/operations", tag = "jobs", operation_id = "begin_operation",
    request_body = OperationRequestBody,
    responses(
        (status = 202, description = "Begun", body = OperationBody),
        (status = 409, description = "Too many operations run", body = ProblemBody<'static>),
        (status = 422, description = "The request is invalid, or its filter is empty", body = ProblemBody<'static>),
    )
)]
async fn begin(State(api): State<Api>, CalledBy(caller): CalledBy, body: Body) -> Result<Response, Problem> {
    let (action, filter) = body.read(read_operation)?;
    let begun = api.queue.begin_operation(&caller, action, filter).await?;
    let location = format!("/v1/operations/{}", begun.id);
    let body = OperationBody::from(&begun);
    let change = Change::to(&body).of("jobs").by(audit_action(action));
    Ok((StatusCode::ACCEPTED, [(LOCATION, location)], change, Json(body)).into_response())
}

/// List operations, newest first: those that run, and the last 100 that ended.
#[utoipa::path(
    get, path = "/v1/operations", tag = "jobs", operation_id = "list_operations",
    responses((status = 200, description = "Operations", body = ListBody<OperationBody>))
)]
async fn list(State(api): State<Api>, params: Params) -> Result<Json<ListBody<OperationBody>>, Problem> {
    params.finish()?;
    let operations = api.queue.operations().await?;
    Ok(Json(ListBody::whole(operations.iter().map(OperationBody::from).collect())))
}

/// Show an operation and its progress.
#[utoipa::path(
    get, path = "/v1/operations/{id}", tag = "jobs", operation_id = "show_operation",
    params(("id" = Uuid, Path)),
    responses(
        (status = 200, description = "The operation", body = OperationBody),
        (status = 404, description = "Not found", body = ProblemBody<'static>),
    )
)]
async fn show(
    State(api): State<Api>,
    PathId(id): PathId<OperationId>,
) -> Result<Json<OperationBody>, Problem> {
    let operation = api.queue.operation(id).await?.ok_or_else(|| Problem::no_such("operation", id))?;
    Ok(Json(OperationBody::from(&operation)))
}

/// Stop an operation after its present step. The jobs that it has acted on stay as they are; one that has ended is
/// unchanged.
#[utoipa::path(
    post, path = "/v1/operations/{id}/stop", tag = "jobs", operation_id = "stop_operation",
    params(("id" = Uuid, Path)),
    responses(
        (status = 200, description = "The operation", body = OperationBody),
        (status = 404, description = "Not found", body = ProblemBody<'static>),
    )
)]
async fn stop(
    State(api): State<Api>,
    PathId(id): PathId<OperationId>,
) -> Result<(Change, Json<OperationBody>), Problem> {
    let operation = api.queue.stop_operation(id).await?.ok_or_else(|| Problem::no_such("operation", id))?;
    let body = OperationBody::from(&operation);
    Ok((Change::to(&body), Json(body)))
}
