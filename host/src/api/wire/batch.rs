//! Batches of jobs, outside.

use serde::Serialize;
use utoipa::ToSchema;

use super::job_request::{JobRequestBody, read_fields, read_job_request};
use super::one_of::AfterWhenName;
use super::seen_job::SeenJobBody;
use crate::api::read::{Read, Value};
use crate::domain::{AfterFailed, AfterWhen, JobRequest};
use crate::queue::Batch;

/// Jobs to submit together: all of them or none.
#[derive(ToSchema)]
#[schema(as = Batch)]
#[allow(dead_code, reason = "describes what `read_batch` reads")]
pub(in crate::api) struct BatchBody {
    /// 1 to 10,000 jobs.
    #[schema(min_items = 1, max_items = 10_000)]
    jobs: Vec<JobRequestBody>,
    /// One more job, which waits for these. Its `after_failed` is `run` when left out.
    callback: Option<JobRequestBody>,
    /// How many of the jobs must be final before the callback runs; `all` when left out.
    callback_when: Option<AfterWhenName>,
}

/// A batch that was submitted.
#[derive(Serialize, ToSchema)]
#[schema(as = SubmittedBatch)]
pub(in crate::api) struct SubmittedBatchBody {
    /// The jobs, in order.
    pub(in crate::api) items: Vec<SeenJobBody>,
    /// Always null: the list is complete.
    pub(in crate::api) next_cursor: Option<String>,
    /// The job that waits for them. Its `waits_for` is the number of jobs that it still waits for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::api) callback: Option<SeenJobBody>,
}

/// Reads a batch.
pub(in crate::api) fn read_batch(value: Value<'_>) -> Read<Batch> {
    let mut fields = value.object()?;
    let jobs = fields.required("jobs", |jobs| jobs.list(read_job_request));
    let callback = fields.optional("callback", read_callback);
    let when: Option<AfterWhen> = fields.optional("callback_when", Value::parsed);
    if when.is_some() && callback.is_none() {
        fields.refuse("callback_when", "requires `callback`");
    }
    let callback = callback.map(|(job, on_failed)| (job, when.unwrap_or_default(), on_failed));
    fields.finish(|| Some(Batch { jobs: jobs?, callback }))
}

/// Reads the job that waits for a batch. It cannot name other parents.
fn read_callback(value: Value<'_>) -> Read<(JobRequest, AfterFailed)> {
    let mut fields = value.object()?;
    let on_failed = fields.optional("after_failed", Value::parsed);
    for (name, advice) in [
        ("after", "must be left out: a callback waits for the jobs of its batch"),
        ("after_when", "must be left out: use `callback_when` beside `callback`"),
    ] {
        if fields.has(name) {
            fields.optional(name, |value| -> Read<()> { Err(value.wrong(advice)) });
        }
    }
    let job = read_fields(fields, |_| None)?;
    Ok((job, on_failed.unwrap_or(AfterFailed::Run)))
}
