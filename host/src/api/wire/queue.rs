//! A queue outside.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::{StateName, Timestamp, format_duration};
use crate::ports::QueueStats;

/// A queue in numbers.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Queue)]
pub(in crate::api) struct QueueBody {
    name: String,
    /// How many jobs it has in each state.
    #[schema(example = json!({"available": 3, "running": 1}))]
    counts: BTreeMap<&'static str, u64>,
    /// For how long its oldest available job has waited; null when none is available.
    #[schema(example = "1m30s")]
    latency: Option<String>,
}

impl QueueBody {
    /// The queue at this moment. Every state is counted, also one without jobs.
    pub(in crate::api) fn new(stats: &QueueStats, now: Timestamp) -> Self {
        let count = |state: StateName| (state.as_str(), stats.counts.get(&state).copied().unwrap_or(0));
        Self {
            name: stats.name.to_string(),
            counts: StateName::ALL.into_iter().map(count).collect(),
            latency: stats.oldest_due.map(|due| format_duration(now.since(due))),
        }
    }
}
