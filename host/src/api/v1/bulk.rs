//! `/v1/jobs/bulk`: acting on many jobs at once.

use axum::Json;
use axum::extract::State;
use utoipa_axum::routes;

use crate::api::Api;
use crate::api::access::{CalledBy, Need};
use crate::api::problem::{Problem, ProblemBody};
use crate::api::read::Body;
use crate::api::routes::Routes;
use crate::api::wire::{BulkDoneBody, BulkRequestBody, read_bulk};

pub(super) fn routes() -> Routes {
    Routes::default().operations(Need::ActById, routes!(act))
}

/// Retry, cancel or delete all jobs that match a filter. The host works in small steps, between which it handles
/// other requests; when a step fails, the steps before it stay done. It continues when the client disconnects. A
/// token with only the scope `submit` must name its own jobs in `filter.ids`; when one of them belongs to another
/// token, the response is 403 and no job changes.
#[utoipa::path(
    post, path = "/v1/jobs/bulk", tag = "jobs", operation_id = "act_on_jobs",
    request_body = BulkRequestBody,
    responses(
        (status = 200, description = "The numbers of matched and changed jobs", body = BulkDoneBody),
        (status = 403, description = "No job changed: a filter without ids, or a job of another token", body = ProblemBody<'static>),
        (status = 422, description = "The request is invalid, or its filter is empty", body = ProblemBody<'static>),
    )
)]
async fn act(
    State(api): State<Api>,
    CalledBy(caller): CalledBy,
    body: Body,
) -> Result<Json<BulkDoneBody>, Problem> {
    let request = body.read(read_bulk)?;
    let done = api.queue.act_on_many(&caller, request).await?;
    Ok(Json(done.into()))
}
