//! A task outside.

use std::num::NonZeroU32;
use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;

use super::queue::{RateBody, read_gate};
use super::raw_json::RawJson;
use crate::api::read::{Read, Value};
use crate::domain::{CANCEL_GRACE_MAX, TaskChange, format_duration};
use crate::ports::TaskStats;
use crate::queue::TaskView;

/// A task over all queues: its numbers of jobs and its settings.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Task)]
pub(in crate::api) struct TaskBody {
    name: String,
    /// Whether an active plugin offers it, even if its code is not ready. Otherwise its jobs wait.
    offered: bool,
    /// Number of its jobs in all states.
    jobs: u64,
    /// Number of its running jobs.
    running: u64,
    /// Whether it is paused: no job of it starts.
    paused: bool,
    /// Most jobs that run at the same time; null without a limit.
    concurrency: Option<u32>,
    /// Most jobs that start within a period; null without a limit.
    rate: Option<RateBody>,
    /// Time for a running attempt to end after its job was cancelled; then it is stopped.
    #[schema(example = "40s")]
    cancel_grace: String,
}

/// A task with its specification by the active plugin. The fields of the specification are null if none offers the task.
#[derive(Serialize, ToSchema)]
#[schema(as = OfferedTask)]
pub(in crate::api) struct OfferedTaskBody {
    #[serde(flatten)]
    #[schema(inline)]
    task: TaskBody,
    /// Its purpose, in a sentence.
    description: Option<String>,
    /// The JSON Schema that an input has to fit; null without one.
    #[schema(value_type = Option<serde_json::Value>)]
    input_schema: Option<RawJson>,
    /// The JSON Schema that an output has to fit; null without one.
    #[schema(value_type = Option<serde_json::Value>)]
    output_schema: Option<RawJson>,
    /// Number of attempts of a job that does not set it.
    max_attempts: Option<u32>,
    /// Wall time of an attempt of a job that does not set it.
    timeout: Option<String>,
    /// The queue of a job that does not set it.
    queue: Option<String>,
}

impl From<&TaskView> for OfferedTaskBody {
    fn from(view: &TaskView) -> Self {
        let spec = view.spec.as_ref();
        Self {
            task: TaskBody::new(&view.stats, spec.is_some()),
            description: spec.map(|spec| spec.description.clone()),
            input_schema: spec.and_then(|spec| spec.input_schema.as_ref()).map(RawJson::from),
            output_schema: spec.and_then(|spec| spec.output_schema.as_ref()).map(RawJson::from),
            max_attempts: spec.and_then(|spec| spec.max_attempts),
            timeout: spec.and_then(|spec| spec.timeout).map(format_duration),
            queue: spec.and_then(|spec| spec.queue.as_ref()).map(ToString::to_string),
        }
    }
}

/// Settings of a task. A field that is left out stays unchanged; null clears it.
#[derive(ToSchema)]
#[schema(as = TaskSettings)]
#[allow(dead_code, reason = "describes what `read_task_change` reads")]
pub(in crate::api) struct TaskSettingsBody {
    /// Whether it is paused: no job of it starts, and running ones finish.
    paused: Option<bool>,
    /// Most jobs that run at the same time; null without a limit.
    #[schema(minimum = 1)]
    concurrency: Option<u32>,
    /// Most jobs that start within a period; null without a limit.
    rate: Option<RateBody>,
    /// Time for a running attempt to end after its job was cancelled, `0s` to `24h`; the default is `40s`. The plugin
    /// can ask at any time whether the job is cancelled, and end the attempt itself.
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
    /// The task at this time.
    pub(in crate::api) fn new(stats: &TaskStats, offered: bool) -> Self {
        Self {
            name: stats.name.to_string(),
            offered,
            jobs: stats.live + stats.finals,
            running: stats.running,
            paused: stats.settings.gate.paused,
            concurrency: stats.settings.gate.concurrency.map(NonZeroU32::get),
            rate: stats.settings.gate.rate.map(RateBody::from),
            cancel_grace: format_duration(stats.settings.cancel_grace()),
        }
    }
}
