//! The job of a schedule, outside.

use serde::Serialize;
use utoipa::ToSchema;

use super::job_options::{JobOptionsBody, chosen};
use super::raw_json::RawJson;
use crate::domain::{JobRequest, Timestamp, format_duration};

/// The job of a schedule. Fields that were left out are missing: they are decided when the job is made.
#[derive(Serialize, ToSchema)]
#[schema(as = ScheduledJob)]
pub(in crate::api) struct ScheduledJobBody {
    task: String,
    #[schema(value_type = serde_json::Value)]
    input: RawJson,
    #[serde(skip_serializing_if = "Option::is_none")]
    queue: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(format = DateTime)]
    run_at: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "15m")]
    delay: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_attempts: Option<u32>,
    #[serde(flatten, serialize_with = "chosen")]
    options: JobOptionsBody,
    #[schema(value_type = serde_json::Value)]
    metadata: RawJson,
    allow_unknown_task: bool,
}

impl From<&JobRequest> for ScheduledJobBody {
    fn from(job: &JobRequest) -> Self {
        let text = |time: Option<Timestamp>| time.map(|time| time.to_string());
        Self {
            task: job.task.to_string(),
            input: RawJson::from(&job.input),
            queue: job.queue.as_ref().map(ToString::to_string),
            priority: job.priority,
            run_at: text(job.run_at),
            delay: job.delay.map(format_duration),
            max_attempts: job.max_attempts,
            options: JobOptionsBody::from(&job.options),
            metadata: RawJson::from(&job.metadata),
            allow_unknown_task: job.allow_unknown_task,
        }
    }
}
