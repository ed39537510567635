//! A task outside.

use std::num::NonZeroU32;
use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;

use super::queue::{RateBody, read_gate};
use crate::api::read::{Read, Value};
use crate::domain::{CANCEL_GRACE_MAX, TaskChange, format_duration};
use crate::ports::TaskStats;

/// A task over all queues.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Task)]
pub(in crate::api) struct TaskBody {
    name: String,
    /// Whether an active plugin offers it, its code ready or not. If none does, its jobs wait.
    offered: bool,
    /// How many jobs it has, in any state.
    jobs: u64,
    /// How many of them run.
    running: u64,
    /// Whether none of its jobs starts.
    paused: bool,
    /// How many of its jobs run at the same time at most.
    concurrency: Option<u32>,
    /// How many of its jobs start in a period at most.
    rate: Option<RateBody>,
    /// How long an attempt may go on after its job was cancelled; then it is stopped.
    #[schema(example = "40s")]
    cancel_grace: String,
}

/// The settings of a task. A field that is left out stays as it is; null clears it.
#[derive(ToSchema)]
#[schema(as = TaskSettings)]
#[allow(dead_code, reason = "describes what `read_task_change` reads")]
pub(in crate::api) struct TaskSettingsBody {
    /// Whether none of its jobs starts. Those that run finish.
    paused: Option<bool>,
    /// How many of its jobs run at the same time at most.
    #[schema(minimum = 1)]
    concurrency: Option<u32>,
    /// How many of its jobs start in a period at most.
    rate: Option<RateBody>,
    /// How long an attempt may go on after its job was cancelled, `0s` to `24h`; `40s` when nothing is set.
    /// The attempt can see at once that it should stop, and ends by itself if its plugin looks.
    #[schema(example = "40s")]
    cancel_grace: Option<String>,
}

/// Reads a change of a task's settings.
pub(in crate::api) fn read_task_change(value: Value<'_>) -> Read<TaskChange> {
    let mut fields = value.object()?;
    let gate = read_gate(&mut fields);
    let cancel_grace = fields.nullable("cancel_grace", read_cancel_grace);
    fields.finish(|| Some(TaskChange { gate, cancel_grace }))
}

fn read_cancel_grace(value: Value<'_>) -> Read<Duration> {
    let grace = value.clone().duration()?;
    if grace > CANCEL_GRACE_MAX {
        return Err(value.wrong("must be at most \"24h\""));
    }
    Ok(grace)
}

impl TaskBody {
    /// The task at this moment.
    pub(in crate::api) fn new(stats: &TaskStats, offered: bool) -> Self {
        Self {
            name: stats.name.to_string(),
            offered,
            jobs: stats.jobs,
            running: stats.running,
            paused: stats.settings.gate.paused,
            concurrency: stats.settings.gate.concurrency.map(NonZeroU32::get),
            rate: stats.settings.gate.rate.map(RateBody::from),
            cancel_grace: format_duration(stats.settings.cancel_grace()),
        }
    }
}
