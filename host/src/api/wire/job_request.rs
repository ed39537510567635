//! A job as it is submitted.

use std::collections::BTreeMap;

use utoipa::ToSchema;

use super::after::read_after;
use super::job_options::{JobOptionsBody, read_options};
use super::one_of::{AfterFailedName, AfterWhenName};
use crate::api::read::{Fields, Read, Value};
use crate::domain::{AfterRequest, JobRequest, Json};

/// A job to submit. The task, then the host, decide the fields that are left out.
#[derive(ToSchema)]
#[schema(as = JobRequest)]
#[allow(dead_code, reason = "describes what `read_job_request` reads")]
pub(in crate::api) struct JobRequestBody {
    /// Name of the task to run.
    #[schema(example = "create-order")]
    task: String,
    /// Input of the task: any JSON, at most 1 MiB; null when left out.
    input: Option<serde_json::Value>,
    /// Name of its queue.
    #[schema(example = "default")]
    queue: Option<String>,
    /// Jobs of higher priority run first.
    #[schema(minimum = -100, maximum = 100, default = 0)]
    priority: Option<i64>,
    /// Earliest start.
    #[schema(format = DateTime)]
    run_at: Option<String>,
    /// Time until the earliest start, instead of `run_at`.
    #[schema(example = "15m")]
    delay: Option<String>,
    /// Number of failed attempts after which it is discarded.
    #[schema(minimum = 1, maximum = 1000)]
    max_attempts: Option<u32>,
    /// Data of the submitter, at most 16 KiB.
    metadata: Option<BTreeMap<String, serde_json::Value>>,
    #[serde(flatten)]
    options: JobOptionsBody,
    /// Ids of the jobs that it waits for, at most 10,000; in a batch `$0`, `$1`... name its earlier jobs.
    #[schema(max_items = 10_000)]
    after: Option<Vec<String>>,
    /// How many of them must be final; `all` when left out.
    after_when: Option<AfterWhenName>,
    /// Effect of a parent that is discarded, cancelled or deleted; `discard` when left out.
    after_failed: Option<AfterFailedName>,
    /// Accept the job even if no active plugin offers the task now; it waits until one does.
    allow_unknown_task: Option<bool>,
}

/// Reads one job.
pub(in crate::api) fn read_job_request(value: Value<'_>) -> Read<JobRequest> {
    let fields = value.object()?;
    read_fields(fields, read_after)
}

/// Reads the fields of one job, its parents by `read_after`.
pub(super) fn read_fields<'a>(
    mut fields: Fields<'a>,
    read_after: impl FnOnce(&mut Fields<'a>) -> Option<AfterRequest>,
) -> Read<JobRequest> {
    let task = fields.required("task", Value::parsed);
    let input = fields.optional("input", Value::any);
    let job = || Some(JobRequest::new(task?, input.unwrap_or_else(Json::null)));
    read_rest(fields, job, read_after)
}

/// Reads the fields of a job that a task submits, beside its task and its input.
pub(in crate::api) fn read_options_of(job: JobRequest, value: Value<'_>) -> Read<JobRequest> {
    let fields = value.object()?;
    read_rest(fields, || Some(job), read_after)
}

fn read_rest<'a>(
    mut fields: Fields<'a>,
    job: impl FnOnce() -> Option<JobRequest>,
    read_after: impl FnOnce(&mut Fields<'a>) -> Option<AfterRequest>,
) -> Read<JobRequest> {
    let queue = fields.optional("queue", Value::parsed);
    let priority = fields.optional("priority", Value::integer);
    let run_at = fields.optional("run_at", Value::parsed);
    let delay = fields.optional("delay", Value::duration);
    let max_attempts = fields.optional("max_attempts", Value::integer);
    let metadata = fields.optional("metadata", Value::any_object);
    let options = read_options(&mut fields);
    let after = read_after(&mut fields);
    let allow_unknown_task = fields.optional("allow_unknown_task", Value::flag).unwrap_or_default();
    fields.finish(|| {
        Some(JobRequest {
            queue,
            priority,
            run_at,
            delay,
            max_attempts,
            metadata: metadata.unwrap_or_else(Json::empty_object),
            after,
            options,
            allow_unknown_task,
            ..job()?
        })
    })
}
