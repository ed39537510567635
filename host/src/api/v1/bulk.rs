//! `/v1/jobs/bulk`: acting on many jobs at once.

use axum::Json;
use axum::extract::State;
use utoipa_axum::routes;

use super::to_its_end;
use crate::api::Api;
use crate::api::access::{CalledBy, Need};
use crate::api::problem::{Problem, ProblemBody};
use crate::api::read::Body;
use crate::api::routes::Routes;
use crate::api::wire::{BulkDoneBody, BulkRequestBody, read_bulk};

pub(super) fn routes() -> Routes {
    Routes::default().operations(Need::ActById, routes!(act))
}

/// Retry, cancel or delete all jobs that a filter shows. It is done in small steps, so that other
/// requests are not held up; if one fails, those before it remain. It goes on when you go away. A token
/// with the scope `submit` alone names its own jobs by `filter.ids`; one foreign job among them is a 403, and
/// nothing is done.
#[utoipa::path(
    post, path = "/v1/jobs/bulk", tag = "jobs", operation_id = "act_on_jobs",
    request_body = BulkRequestBody,
    responses(
        (status = 200, description = "Done", body = BulkDoneBody),
        (status = 403, description = "Nothing done: a filter without ids, or a job of another token", body = ProblemBody<'static>),
        (status = 422, description = "Not valid, or a filter that names nothing", body = ProblemBody<'static>),
    )
)]
async fn act(
    State(api): State<Api>,
    CalledBy(caller): CalledBy,
    body: Body,
) -> Result<Json<BulkDoneBody>, Problem> {
    let request = body.read(read_bulk)?;
    let queue = api.queue.clone();
    let done = to_its_end(async move { queue.act_on_many(&caller, request).await }).await??;
    Ok(Json(done.into()))
}
