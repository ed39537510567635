//! Formats of records that are no longer written. They are read for ever, so nothing here changes.

use std::time::Duration;

use serde::Deserialize;

use super::read;
use crate::domain::{JobId, JobSpec, Json, OrderId, QueueName, TaskName, Timestamp};

/// Reads a job of an older format.
pub fn job_spec(format: u8, payload: &[u8]) -> Option<Result<JobSpec, String>> {
    (format == 1).then(|| read::<JobSpec1>(payload).map(JobSpec::from))
}

/// A job before there were unique ones.
#[derive(Deserialize)]
struct JobSpec1 {
    id: JobId,
    task: TaskName,
    input: Json,
    queue: QueueName,
    priority: i8,
    run_at: Timestamp,
    max_attempts: u32,
    timeout: Option<Duration>,
    expires_at: Option<Timestamp>,
    tags: Vec<String>,
    metadata: Json,
    label: Option<String>,
    order: Option<OrderId>,
    created_at: Timestamp,
}

impl From<JobSpec1> for JobSpec {
    fn from(old: JobSpec1) -> Self {
        Self {
            id: old.id,
            task: old.task,
            input: old.input,
            queue: old.queue,
            priority: old.priority,
            run_at: old.run_at,
            max_attempts: old.max_attempts,
            timeout: old.timeout,
            expires_at: old.expires_at,
            tags: old.tags,
            metadata: old.metadata,
            label: old.label,
            order: old.order,
            created_at: old.created_at,
            unique: None,
        }
    }
}
