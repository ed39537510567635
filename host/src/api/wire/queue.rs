//! A queue outside.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use serde::Serialize;
use utoipa::ToSchema;

use crate::api::read::{Fields, Read, Value};
use crate::domain::{GateChange, QueueChange, Rate, StateName, Timestamp, format_duration};
use crate::ports::QueueStats;

/// A queue: its numbers of jobs and its settings.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Queue)]
pub(in crate::api) struct QueueBody {
    name: String,
    /// Numbers of its jobs by state.
    #[schema(example = json!({"available": 3, "running": 1}))]
    counts: BTreeMap<&'static str, u64>,
    /// Waiting time of its oldest available job; null when none is available.
    #[schema(example = "1m30s")]
    latency: Option<String>,
    /// Whether it is paused: no job of it starts.
    paused: bool,
    /// Most jobs that run at the same time; null without a limit.
    concurrency: Option<u32>,
    /// Most jobs that start within a period; null without a limit.
    rate: Option<RateBody>,
    /// Most jobs of one `concurrency_key` that run at the same time; null for the default of 1.
    key_concurrency: Option<u32>,
}

/// Settings of a queue. A field that is left out stays unchanged; null clears it.
#[derive(ToSchema)]
#[schema(as = QueueSettings)]
#[allow(dead_code, reason = "describes what `read_queue_change` reads")]
pub(in crate::api) struct QueueSettingsBody {
    /// Whether it is paused: no job of it starts, and running ones finish.
    paused: Option<bool>,
    /// Most jobs that run at the same time; null without a limit.
    #[schema(minimum = 1)]
    concurrency: Option<u32>,
    /// Most jobs that start within a period; null without a limit.
    rate: Option<RateBody>,
    /// Most jobs of one `concurrency_key` that run at the same time; null for the default of 1.
    #[schema(minimum = 1)]
    key_concurrency: Option<u32>,
}

/// Starts within a period. A queue or task that was idle starts all of them at once, then one at each share of the
/// period.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Rate)]
pub(super) struct RateBody {
    #[schema(minimum = 1, maximum = 1_000_000, example = 100)]
    count: u32,
    /// The period, from `1s` to `366d`.
    #[schema(example = "1m")]
    per: String,
}

/// Reads a change of a queue's settings.
pub(in crate::api) fn read_queue_change(value: Value<'_>) -> Read<QueueChange> {
    let mut fields = value.object()?;
    let gate = read_gate(&mut fields);
    let key_concurrency = fields.nullable("key_concurrency", read_concurrency);
    fields.finish(|| Some(QueueChange { gate, key_concurrency }))
}

/// Reads a change of the settings that queues and tasks share.
pub(super) fn read_gate(fields: &mut Fields<'_>) -> GateChange {
    GateChange {
        paused: fields.nullable("paused", Value::flag).map(Option::unwrap_or_default),
        concurrency: fields.nullable("concurrency", read_concurrency),
        rate: fields.nullable("rate", read_rate),
    }
}

fn read_concurrency(value: Value<'_>) -> Read<NonZeroU32> {
    let count = value.clone().integer()?;
    NonZeroU32::new(count).ok_or_else(|| value.wrong("must be at least 1; to start none, use `paused`"))
}

fn read_rate(value: Value<'_>) -> Read<Rate> {
    let mut fields = value.clone().object()?;
    let count = fields.required("count", Value::integer);
    let per = fields.required("per", Value::duration);
    let (count, per) = fields.finish(|| Some((count?, per?)))?;
    Rate::new(count, per).map_err(|reason| value.wrong(reason))
}

impl QueueBody {
    /// The queue at this time. Every state is counted, including those without jobs.
    pub(in crate::api) fn new(stats: &QueueStats, now: Timestamp) -> Self {
        let count = |state: StateName| (state.as_str(), stats.count(state));
        Self {
            name: stats.name.to_string(),
            counts: StateName::ALL.into_iter().map(count).collect(),
            latency: stats.oldest_due.map(|due| format_duration(now.since(due))),
            paused: stats.settings.gate.paused,
            concurrency: stats.settings.gate.concurrency.map(NonZeroU32::get),
            rate: stats.settings.gate.rate.map(RateBody::from),
            key_concurrency: stats.settings.key_concurrency.map(NonZeroU32::get),
        }
    }
}

impl From<Rate> for RateBody {
    fn from(rate: Rate) -> Self {
        Self { count: rate.count(), per: format_duration(rate.per()) }
    }
}
