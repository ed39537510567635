//! `/v1/jobs`: seeing jobs, and acting on them.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::json;
use utoipa_axum::routes;

use super::job_events;
use super::readable::check_may_read;
use crate::api::Api;
use crate::api::access::{CalledBy, Need, within_bounds};
use crate::api::audit::Change;
use crate::api::problem::{Problem, ProblemBody};
use crate::api::read::{Params, PathId, Rows, page};
use crate::api::routes::Routes;
use crate::api::wire::{HoldsBody, JobBody, JobStateName, ListBody, LogBody, SeenJobBody, SubmittedJobBody};
use crate::domain::{AuditAction, Caller, FullJob, Job, JobDetails, JobId, parse_duration};
use crate::ports::{Action, JobFilter};

/// The longest wait of one request; to wait longer, a client repeats the request.
const WAIT_MAX: Duration = Duration::from_secs(60);

pub(super) fn routes() -> Routes {
    Routes::default()
        .operations(Need::ListJobs, routes!(list))
        .operations(Need::SeeOne, routes!(show))
        .operations(Need::SeeOne, routes!(logs))
        .operations(Need::SeeOne, routes!(submitted))
        .operations(Need::SeeOne, routes!(why))
        .operations(Need::SeeOne, routes!(job_events::watch))
        .change(Need::CancelJobs, AuditAction::JobCancel, routes!(cancel))
        .change(Need::RetryJobs, AuditAction::JobRetry, routes!(retry))
        .change(Need::DeleteJobs, AuditAction::JobDelete, routes!(delete))
}

/// Show a job. With `wait`, the response comes when the job is final or the time is over. A token with only the scope
/// `submit` sees the id and the state of a job that another token submitted.
#[utoipa::path(
    get, path = "/v1/jobs/{id}", tag = "jobs", operation_id = "show_job",
    params(
        ("id" = Uuid, Path),
        ("wait" = Option<String>, Query, description = "Longest time to wait, such as `30s`; at most `1m`"),
    ),
    responses(
        (status = 200, description = "The job", body = SeenJobBody),
        (status = 404, description = "Not found", body = ProblemBody<'static>),
    )
)]
async fn show(
    State(api): State<Api>,
    CalledBy(caller): CalledBy,
    PathId(id): PathId<JobId>,
    mut params: Params,
) -> Result<Json<SeenJobBody>, Problem> {
    let wait = params.read("wait", patience);
    params.finish()?;
    let details = match wait {
        Some(patience) => wait_for(&api, id, patience).await?,
        None => api.queue.job(id).await?,
    };
    seen(&api, &caller, id, details)
}

/// List jobs, newest first.
#[utoipa::path(
    get, path = "/v1/jobs", tag = "jobs", operation_id = "list_jobs",
    params(
        ("state" = Option<JobStateName>, Query, description = "Only jobs in this state"),
        ("task" = Option<String>, Query, description = "Only jobs of this task"),
        ("queue" = Option<String>, Query, description = "Only jobs in this queue"),
        ("tag" = Option<String>, Query, description = "Only jobs with this tag"),
        ("limit" = Option<u32>, Query, description = "Number of jobs, 1 to 500, default 50; a page has fewer when their inputs are large"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the previous page"),
    ),
    responses((status = 200, description = "Jobs, without output and errors", body = ListBody<JobBody>))
)]
async fn list(
    State(api): State<Api>,
    CalledBy(caller): CalledBy,
    mut params: Params,
) -> Result<Json<ListBody<JobBody>>, Problem> {
    let filter = JobFilter {
        state: params.parsed("state"),
        task: params.parsed("task"),
        queue: params.parsed("queue"),
        tag: params.text("tag"),
    };
    let page = page(&mut params);
    params.finish()?;
    let found = api.queue.jobs(within_bounds(&caller, filter)?, page).await?;
    let rows = Rows::cut(found.jobs, found.more, &page, |full: &FullJob| full.job.spec.id);
    let now = api.clock.now();
    let body = |FullJob { job, payload }: &FullJob| {
        JobBody::listed(job, payload, api.queue.hold(&job.spec.task), now)
    };
    let items = rows.items.iter().map(body).collect();
    Ok(Json(ListBody { items, next_cursor: rows.next_cursor }))
}

/// Cancel a job. A waiting job is cancelled at once; the attempt of a running one is asked to stop.
#[utoipa::path(
    post, path = "/v1/jobs/{id}/cancel", tag = "jobs", operation_id = "cancel_job",
    params(
        ("id" = Uuid, Path),
        ("submitted" = Option<bool>, Query, description = "Also cancel the jobs that its task submitted so far, and those that \
            these submitted, at most 10,000"),
    ),
    responses(
        (status = 200, description = "The job; a final one is unchanged", body = JobBody),
        (status = 403, description = "Submitted by another token", body = ProblemBody<'static>),
    )
)]
async fn cancel(
    State(api): State<Api>,
    CalledBy(caller): CalledBy,
    PathId(id): PathId<JobId>,
    mut params: Params,
) -> Result<(Change, Json<SeenJobBody>), Problem> {
    let submitted: Option<bool> = params.parsed("submitted");
    params.finish()?;
    if submitted.unwrap_or_default() {
        let job = api.queue.cancel_with_submitted(&caller, id).await?;
        let change = Change::to(&json!({ "job": recorded(&api, &job), "submitted": true }));
        return Ok((change, seen(&api, &caller, id, api.queue.job(id).await?)?));
    }
    acted(&api, caller, id, Action::Cancel).await
}

/// Retry a job, with the full number of attempts and without its `expires_at`. A job that is due keeps its place in
/// the queue.
#[utoipa::path(
    post, path = "/v1/jobs/{id}/retry", tag = "jobs", operation_id = "retry_job",
    params(("id" = Uuid, Path)),
    responses(
        (status = 200, description = "The job", body = JobBody),
        (status = 403, description = "Submitted by another token", body = ProblemBody<'static>),
        (status = 409, description = "The job is running", body = ProblemBody<'static>),
    )
)]
async fn retry(
    State(api): State<Api>,
    CalledBy(caller): CalledBy,
    PathId(id): PathId<JobId>,
) -> Result<(Change, Json<SeenJobBody>), Problem> {
    acted(&api, caller, id, Action::Retry).await
}

/// Delete a job. Its order stays; an order that is still loading is cancelled.
#[utoipa::path(
    delete, path = "/v1/jobs/{id}", tag = "jobs", operation_id = "delete_job",
    params(("id" = Uuid, Path)),
    responses(
        (status = 204, description = "Deleted"),
        (status = 403, description = "Submitted by another token", body = ProblemBody<'static>),
        (status = 409, description = "The job is running", body = ProblemBody<'static>),
    )
)]
async fn delete(
    State(api): State<Api>,
    CalledBy(caller): CalledBy,
    PathId(id): PathId<JobId>,
) -> Result<(Change, StatusCode), Problem> {
    let job = api.queue.act(&caller, id, Action::Delete).await?;
    Ok((Change::removal(&recorded(&api, &job)), StatusCode::NO_CONTENT))
}

/// Show the output that the attempts of a job printed, oldest first.
#[utoipa::path(
    get, path = "/v1/jobs/{id}/logs", tag = "jobs", operation_id = "job_logs",
    params(("id" = Uuid, Path)),
    responses(
        (status = 200, description = "Lines by attempt", body = ListBody<LogBody>),
        (status = 403, description = "Submitted by another token", body = ProblemBody<'static>),
    )
)]
async fn logs(
    State(api): State<Api>,
    CalledBy(caller): CalledBy,
    PathId(id): PathId<JobId>,
) -> Result<Json<ListBody<LogBody>>, Problem> {
    check_may_read(&api, &caller, id).await?;
    let logs = api.queue.logs(id).await?;
    Ok(Json(ListBody::whole(logs.iter().map(LogBody::from).collect())))
}

/// Show the jobs that the task of a job submitted, at most 10,000.
#[utoipa::path(
    get, path = "/v1/jobs/{id}/submitted", tag = "jobs", operation_id = "submitted_jobs",
    params(("id" = Uuid, Path)),
    responses(
        (status = 200, description = "Jobs, by the name of the step", body = ListBody<SubmittedJobBody>),
        (status = 403, description = "Submitted by another token", body = ProblemBody<'static>),
    )
)]
async fn submitted(
    State(api): State<Api>,
    CalledBy(caller): CalledBy,
    PathId(id): PathId<JobId>,
) -> Result<Json<ListBody<SubmittedJobBody>>, Problem> {
    check_may_read(&api, &caller, id).await?;
    let steps = api.queue.steps(id).await?;
    Ok(Json(ListBody::whole(steps.iter().map(SubmittedJobBody::from).collect())))
}

/// Show why a job has not started.
#[utoipa::path(
    get, path = "/v1/jobs/{id}/why", tag = "jobs", operation_id = "job_holds",
    params(("id" = Uuid, Path)),
    responses(
        (status = 200, description = "The reasons", body = HoldsBody),
        (status = 403, description = "Submitted by another token", body = ProblemBody<'static>),
        (status = 404, description = "Not found", body = ProblemBody<'static>),
    )
)]
async fn why(
    State(api): State<Api>,
    CalledBy(caller): CalledBy,
    PathId(id): PathId<JobId>,
) -> Result<Json<HoldsBody>, Problem> {
    check_may_read(&api, &caller, id).await?;
    let details = api.queue.job(id).await?.ok_or_else(|| Problem::no_such("job", id))?;
    let holds = api.queue.holds(&[&details.job]).await?;
    let holds = holds.first().map(Vec::as_slice).unwrap_or_default();
    Ok(Json(HoldsBody::new(&details.job, holds, api.clock.now())))
}

async fn acted(
    api: &Api,
    caller: Caller,
    id: JobId,
    action: Action,
) -> Result<(Change, Json<SeenJobBody>), Problem> {
    let before = api.queue.job(id).await?.map(|details| recorded(api, &details.job));
    let job = api.queue.act(&caller, id, action).await?;
    let change = Change::to(&recorded(api, &job)).from(before.as_ref());
    Ok((change, seen(api, &caller, id, api.queue.job(id).await?)?))
}

/// A job in the audit log.
fn recorded(api: &Api, job: &Job) -> serde_json::Value {
    let state = job.state_name(api.clock.now());
    json!({ "task": job.spec.task, "queue": job.spec.queue, "state": state })
}

fn seen(
    api: &Api,
    caller: &Caller,
    id: JobId,
    details: Option<JobDetails>,
) -> Result<Json<SeenJobBody>, Problem> {
    let details = details.ok_or_else(|| Problem::no_such("job", id))?;
    let now = api.clock.now();
    let job = &details.job;
    let body = || JobBody::detailed(&details, api.queue.hold(&job.spec.task), now);
    Ok(Json(SeenJobBody::of(caller, job, now, body)))
}

/// Waits, at most until the host stops.
async fn wait_for(api: &Api, id: JobId, patience: Duration) -> Result<Option<JobDetails>, Problem> {
    tokio::select! {
        details = api.queue.wait(id, patience) => Ok(details?),
        () = api.stopping.cancelled() => Ok(api.queue.job(id).await?),
    }
}

fn patience(text: &str) -> Result<Duration, String> {
    let patience = parse_duration(text)?;
    if patience > WAIT_MAX {
        Err("must be at most \"1m\"; to wait longer, repeat the request".to_owned())
    } else {
        Ok(patience)
    }
}
