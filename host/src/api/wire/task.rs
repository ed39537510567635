//! A task outside.

use std::num::NonZeroU32;

use serde::Serialize;
use utoipa::ToSchema;

use super::queue::RateBody;
use crate::ports::TaskStats;

/// A task over all queues.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Task)]
pub(in crate::api) struct TaskBody {
    name: String,
    /// Whether an active plugin offers it. If none does, its jobs wait.
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
}

/// How a task is held back. A field that is left out stays as it is; null clears it.
#[derive(ToSchema)]
#[schema(as = TaskSettings)]
#[allow(dead_code, reason = "describes what `read_gate_change` reads")]
pub(in crate::api) struct GateSettingsBody {
    /// Whether none of its jobs starts. Those that run finish.
    paused: Option<bool>,
    /// How many of its jobs run at the same time at most.
    #[schema(minimum = 1)]
    concurrency: Option<u32>,
    /// How many of its jobs start in a period at most.
    rate: Option<RateBody>,
}

impl TaskBody {
    /// The task at this moment.
    pub(in crate::api) fn new(stats: &TaskStats, offered: bool) -> Self {
        Self {
            name: stats.name.to_string(),
            offered,
            jobs: stats.jobs,
            running: stats.running,
            paused: stats.settings.paused,
            concurrency: stats.settings.concurrency.map(NonZeroU32::get),
            rate: stats.settings.rate.map(RateBody::from),
        }
    }
}
