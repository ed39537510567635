//! Submitting jobs: one, or a batch of which all or none is stored.

use std::sync::Arc;

use axum::Json;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use utoipa_axum::router::UtoipaMethodRouterExt;
use utoipa_axum::routes;

use super::created;
use crate::api::Api;
use crate::api::access::{CalledBy, Need};
use crate::api::answer::holding;
use crate::api::problem::{Problem, ProblemBody};
use crate::api::read::{Body, KeyHeader, TraceHeader};
use crate::api::routes::Routes;
use crate::api::wire::{
    BatchBody, JobBody, JobRequestBody, SeenJobBody, SubmittedBatchBody, read_batch, read_job_request,
};
use crate::domain::{Caller, JobDetails, Timestamp};
use crate::intake::Origin;
use crate::queue::SubmittedJob;

/// The largest body of a batch, in bytes: ten thousand jobs of 1.6 KiB. All other requests wait while it is stored.
const BATCH_BYTES_MAX: usize = 16 << 20;

pub(super) fn routes() -> Routes {
    let large = DefaultBodyLimit::max(BATCH_BYTES_MAX);
    Routes::default()
        .operations(Need::Submit, routes!(submit))
        .operations(Need::Submit, routes!(submit_batch).layer(large))
}

/// Submit a job. The job is durable before the response.
#[utoipa::path(
    post, path = "/v1/jobs", tag = "jobs", operation_id = "submit_job",
    params(("Idempotency-Key" = Option<String>, Header, description = "Key that makes it safe to repeat the request")),
    request_body = JobRequestBody,
    responses(
        (status = 202, description = "Submitted", body = JobBody),
        (status = 200, description = "Submitted before with the same key, or a duplicate by `unique`", body = SeenJobBody),
        (status = 403, description = "The job would replace, move or wait for a job of another token", body = ProblemBody<'static>),
        (status = 422, description = "The request is invalid", body = ProblemBody<'static>),
        (status = 503, description = "The host has no memory left for the request", body = ProblemBody<'static>),
    )
)]
async fn submit(
    State(api): State<Api>,
    CalledBy(caller): CalledBy,
    key: KeyHeader,
    TraceHeader(trace): TraceHeader,
    body: Body,
) -> Result<Response, Problem> {
    let mut request = body.read(read_job_request)?;
    request.options.default_trace(trace.as_ref());
    let key = key.of("POST /v1/jobs", || body.fingerprint());
    let memory = Some(Arc::new(body.into_share(request.rows())?));
    let origin = Origin { caller: caller.clone(), key, memory };
    let submitted = api.queue.submit(origin, request).await?;
    let job =
        submitted.jobs.first().ok_or_else(|| Problem::internal("a job was submitted and is not there"))?;
    let location = format!("/v1/jobs/{}", job.details.job.spec.id);
    let hold = submitted.held.of(&job.details.job.spec.task);
    let body = seen(&caller, job, submitted.at, || JobBody::detailed(&job.details, hold, submitted.at));
    if job.duplicate && !submitted.replayed {
        return Ok((StatusCode::OK, [(LOCATION, location)], Json(body)).into_response());
    }
    Ok(created(Some(location), body, submitted.replayed))
}

/// Submit up to 10,000 jobs, and optionally one that waits for them: all or none. The body has at most 16 MiB; the
/// jobs, their tags and the jobs that they wait for are at most 50,000 together.
#[utoipa::path(
    post, path = "/v1/jobs/batch", tag = "jobs", operation_id = "submit_jobs",
    params(("Idempotency-Key" = Option<String>, Header, description = "Key that makes it safe to repeat the request")),
    request_body = BatchBody,
    responses(
        (status = 202, description = "Submitted, in order", body = SubmittedBatchBody),
        (status = 200, description = "Submitted before with the same key", body = SubmittedBatchBody),
        (status = 403, description = "A job would replace, move or wait for a job of another token", body = ProblemBody<'static>),
        (status = 422, description = "The request is invalid", body = ProblemBody<'static>),
        (status = 503, description = "The host has no memory left for the request", body = ProblemBody<'static>),
    )
)]
async fn submit_batch(
    State(api): State<Api>,
    CalledBy(caller): CalledBy,
    key: KeyHeader,
    TraceHeader(trace): TraceHeader,
    body: Body,
) -> Result<Response, Problem> {
    // 16 MiB take a quarter of a second, during which this thread would serve no other request.
    let reading = tokio::task::spawn_blocking(move || {
        let batch = body.read(read_batch)?.in_trace(trace.as_ref());
        let key = key.of("POST /v1/jobs/batch", || body.fingerprint());
        batch.check_rows()?;
        let share = body.into_share(batch.rows())?;
        Ok::<_, Problem>((batch, key, share))
    });
    let (batch, key, share) = reading.await.map_err(Problem::internal)??;
    let share = Arc::new(share);
    let origin = Origin { caller: caller.clone(), key, memory: Some(Arc::clone(&share)) };
    let submitted = api.queue.submit_batch(origin, batch).await?;
    let entry = |job: &SubmittedJob| {
        let JobDetails { job: stored, payload, .. } = &job.details;
        let hold = submitted.held.of(&stored.spec.task);
        seen(&caller, job, submitted.at, || match job.duplicate {
            true => JobBody::listed(stored, payload, hold, submitted.at),
            false => JobBody::detailed(&job.details, hold, submitted.at),
        })
    };
    let (items, callback) =
        (submitted.jobs.iter().map(entry).collect(), submitted.callback.as_ref().map(entry));
    let body = SubmittedBatchBody { items, next_cursor: None, callback };
    Ok(holding(created(None, body, submitted.replayed), share))
}

/// What this caller sees of a job that it submitted, which is another one's if that was there before.
fn seen(
    caller: &Caller,
    submitted: &SubmittedJob,
    at: Timestamp,
    whole: impl FnOnce() -> JobBody,
) -> SeenJobBody {
    let body = SeenJobBody::of(caller, &submitted.details.job, at, whole);
    if submitted.duplicate { body.duplicate() } else { body }
}
