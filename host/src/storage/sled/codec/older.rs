//! Formats of records that are no longer written. They are read for ever, so nothing here changes.

use std::time::Duration;

use serde::Deserialize;

use super::{LaneMark, OrderMark, QueueRecord, StateRecord, read};
use crate::domain::{
    Arrival, GateSettings, JobId, JobSpec, JobState, Json, Lane, OrderId, Phase, PluginRef, Progress,
    QueueName, QueueSettings, TaskName, Timestamp, Unique, WorkerId,
};

/// Reads a job of an older format.
pub fn job_spec(format: u8, payload: &[u8]) -> Option<Result<JobSpec, String>> {
    match format {
        1 => Some(read::<JobSpec1>(payload).map(|old| old.into_spec(None))),
        2 => Some(read::<(JobSpec1, Option<Unique>)>(payload).map(|(old, unique)| old.into_spec(unique))),
        _ => None,
    }
}

/// Reads the state of a job of an older format.
pub fn state(format: u8, payload: &[u8]) -> Option<Result<StateRecord, String>> {
    (format == 1).then(|| read::<StateRecord1>(payload).map(StateRecord::from))
}

/// Reads a queue of an older format, before its keys had a limit.
pub fn queue(format: u8, payload: &[u8]) -> Option<Result<QueueRecord, String>> {
    let queue = |(gate, arrival): (GateSettings, Arrival)| QueueRecord {
        settings: QueueSettings { gate, key_concurrency: None },
        arrival,
    };
    (format == 1).then(|| read(payload).map(queue))
}

/// A job before there were unique ones, which format 2 put behind it.
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

impl JobSpec1 {
    fn into_spec(self, unique: Option<Unique>) -> JobSpec {
        JobSpec {
            id: self.id,
            task: self.task,
            input: self.input,
            queue: self.queue,
            priority: self.priority,
            run_at: self.run_at,
            max_attempts: self.max_attempts,
            timeout: self.timeout,
            expires_at: self.expires_at,
            tags: self.tags,
            metadata: self.metadata,
            label: self.label,
            order: self.order,
            created_at: self.created_at,
            unique,
            lane: Lane::default(),
            after: None,
            callback_url: None,
        }
    }
}

/// A state before jobs had lanes and waited for others.
#[derive(Deserialize)]
struct StateRecord1 {
    priority: i8,
    queue: QueueName,
    task: TaskName,
    order: Option<OrderMark>,
    errors: u32,
    logs: u32,
    state: JobState1,
}

#[derive(Deserialize)]
struct JobState1 {
    phase: Phase,
    attempt: u32,
    attempted_at: Option<Timestamp>,
    plugin: Option<PluginRef>,
    worker: Option<WorkerId>,
    cancel_requested: bool,
    progress: Option<Progress>,
}

impl From<StateRecord1> for StateRecord {
    fn from(old: StateRecord1) -> Self {
        Self {
            priority: old.priority,
            queue: old.queue,
            task: old.task,
            lane: LaneMark::default(),
            order: old.order,
            errors: old.errors,
            logs: old.logs,
            children: 0,
            state: old.state.into(),
        }
    }
}

impl From<JobState1> for JobState {
    fn from(old: JobState1) -> Self {
        Self {
            phase: old.phase,
            attempt: old.attempt,
            attempted_at: old.attempted_at,
            plugin: old.plugin,
            worker: old.worker,
            cancel_requested: old.cancel_requested,
            progress: old.progress,
            waits_for: 0,
        }
    }
}
