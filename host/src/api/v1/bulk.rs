//! `/v1/jobs/bulk`: acting on many jobs at once.

use axum::Json;
use axum::extract::State;
use serde_json::json;
use utoipa_axum::routes;

use crate::api::Api;
use crate::api::access::{CalledBy, Need};
use crate::api::audit::{Change, audit_action};
use crate::api::problem::{Problem, ProblemBody};
use crate::api::read::Body;
use crate::api::routes::Routes;
use crate::api::wire::{BulkDoneBody, BulkRequestBody, read_bulk};
use crate::domain::AuditAction;
use crate::ports::JobFilter;
use crate::queue::{BulkDone, BulkRequest};

/// The most ids of a request that its entry in the audit log lists; of more it has the number.
const IDS_RECORDED_MAX: usize = 50;

pub(super) fn routes() -> Routes {
    // The action stands in the body.
    Routes::default().change(Need::ActOnMany, AuditAction::JobCancel, routes!(act))
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
) -> Result<(Change, Json<BulkDoneBody>), Problem> {
    let request = body.read(read_bulk)?;
    let done = api.queue.act_on_many(&caller, request.clone()).await?;
    Ok((change(&request, &done), Json(done.into())))
}

/// The whole act as one change: which jobs were meant, and how many there were.
fn change(request: &BulkRequest, done: &BulkDone) -> Change {
    let JobFilter { state, task, queue, tag } = &request.filter;
    let ids = request.ids.as_ref().map(|ids| match ids.len() {
        count if count > IDS_RECORDED_MAX => json!({ "count": count }),
        _ => json!(ids),
    });
    let filter = json!({ "state": state, "task": task, "queue": queue, "tag": tag, "ids": ids });
    let after = json!({ "filter": filter, "matched": done.matched, "changed": done.changed });
    Change::to(&after).of("jobs").by(audit_action(request.action))
}
