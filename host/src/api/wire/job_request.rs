//! A job as it is submitted.

use std::collections::BTreeMap;

use utoipa::ToSchema;

use super::after::read_after;
use super::lane::read_lane;
use super::one_of::{AfterFailedName, AfterWhenName};
use super::unique::{UniqueBody, read_unique};
use crate::api::read::{Fields, Read, Value};
use crate::domain::{AfterRequest, JobOptions, JobRequest, Json, TAGS_MAX};

/// A job to submit. What is left out is decided by the task, then by the defaults.
#[derive(ToSchema)]
#[schema(as = JobRequest)]
#[allow(dead_code, reason = "describes what `read_job_request` reads")]
pub(in crate::api) struct JobRequestBody {
    /// What to run.
    #[schema(example = "create-order")]
    task: String,
    /// What to run it on: any JSON, at most 1 MiB; null when left out.
    input: Option<serde_json::Value>,
    /// Where it waits.
    #[schema(example = "default")]
    queue: Option<String>,
    /// Higher runs first.
    #[schema(minimum = -100, maximum = 100, default = 0)]
    priority: Option<i64>,
    /// Not before this time.
    #[schema(format = DateTime)]
    run_at: Option<String>,
    /// Not before this much time has passed; instead of `run_at`.
    #[schema(example = "15m")]
    delay: Option<String>,
    /// After how many failed attempts it is discarded.
    #[schema(minimum = 1, maximum = 1000)]
    max_attempts: Option<u32>,
    /// Wall time of one attempt.
    #[schema(example = "90s")]
    timeout: Option<String>,
    /// A job that never started by then is discarded at that time, whatever holds it back.
    #[schema(format = DateTime)]
    expires_at: Option<String>,
    /// Words to find it by.
    #[schema(max_items = 32)]
    tags: Option<Vec<String>>,
    /// Your own data.
    metadata: Option<BTreeMap<String, serde_json::Value>>,
    /// A short text for people.
    label: Option<String>,
    unique: Option<UniqueBody>,
    /// Only so many jobs of the same queue and key run at the same time as the queue's `key_concurrency`
    /// says, one when it says nothing: 1 to 255 bytes.
    #[schema(example = "customer-7")]
    concurrency_key: Option<String>,
    /// Whether it starts only when every such job of its queue and key that was submitted before it is
    /// final.
    strict_order: Option<bool>,
    /// Among due jobs of the same priority these keys take turns: 1 to 255 bytes. Jobs without one share
    /// one of weight 1.
    #[schema(example = "tenant-7")]
    fairness_key: Option<String>,
    /// How often its key has a turn, compared to others.
    #[schema(minimum = 1, maximum = 1000, default = 1)]
    fairness_weight: Option<u16>,
    /// Ids of jobs that it waits for, at most 10,000; in a batch `$0`, `$1`... name its earlier jobs.
    #[schema(max_items = 10_000)]
    after: Option<Vec<String>>,
    /// Whether it waits until all of them are final, or for the first.
    after_when: Option<AfterWhenName>,
    /// What becomes of it when one of them is discarded, cancelled or deleted.
    after_failed: Option<AfterFailedName>,
    /// Who is told when it is final, by a signed POST: an https or http URL.
    #[schema(example = "https://shop.example/hooks/jobs")]
    callback_url: Option<String>,
    /// Take the job even if no active plugin offers the task now: it waits until one does.
    allow_unknown_task: Option<bool>,
}

/// Reads one job.
pub(in crate::api) fn read_job_request(value: Value<'_>) -> Read<JobRequest> {
    let fields = value.object()?;
    read_fields(fields, read_after)
}

/// Reads the fields of one job, those that say for whom it waits in a way of their own.
pub(super) fn read_fields<'a>(
    mut fields: Fields<'a>,
    read_after: impl FnOnce(&mut Fields<'a>) -> Option<AfterRequest>,
) -> Read<JobRequest> {
    let task = fields.required("task", Value::parsed);
    let input = fields.optional("input", Value::any);
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
            ..JobRequest::new(task?, input.unwrap_or_else(Json::null))
        })
    })
}

/// Reads what passes unchanged into the job.
fn read_options(fields: &mut Fields<'_>) -> JobOptions {
    JobOptions {
        timeout: fields.optional("timeout", Value::duration),
        expires_at: fields.optional("expires_at", Value::parsed),
        tags: fields.optional("tags", |tags| tags.list_up_to(TAGS_MAX, Value::text)).unwrap_or_default(),
        label: fields.optional("label", Value::text),
        unique: fields.optional("unique", read_unique),
        lane: read_lane(fields),
        callback_url: fields.optional("callback_url", Value::text),
    }
}
