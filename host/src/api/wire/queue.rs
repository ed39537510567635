//! A queue outside.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use serde::Serialize;
use utoipa::ToSchema;

use crate::api::read::{Fields, Read, Value};
use crate::domain::{GateChange, QueueChange, Rate, StateName, Timestamp, format_duration};
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
    /// Whether none of its jobs starts.
    paused: bool,
    /// How many of its jobs run at the same time at most.
    concurrency: Option<u32>,
    /// How many of its jobs start in a period at most.
    rate: Option<RateBody>,
    /// How many of its jobs of one `concurrency_key` run at the same time at most; null is one.
    key_concurrency: Option<u32>,
}

/// How a queue is held back. A field that is left out stays as it is; null clears it.
#[derive(ToSchema)]
#[schema(as = QueueSettings)]
#[allow(dead_code, reason = "describes what `read_queue_change` reads")]
pub(in crate::api) struct QueueSettingsBody {
    /// Whether none of its jobs starts. Those that run finish.
    paused: Option<bool>,
    /// How many of its jobs run at the same time at most.
    #[schema(minimum = 1)]
    concurrency: Option<u32>,
    /// How many of its jobs start in a period at most.
    rate: Option<RateBody>,
    /// How many of its jobs of one `concurrency_key` run at the same time at most; null is one.
    #[schema(minimum = 1)]
    key_concurrency: Option<u32>,
}

/// So many starts in a period. A queue or task that rested starts all of them at once, and then one at each
/// share of the period.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Rate)]
pub(super) struct RateBody {
    #[schema(minimum = 1, maximum = 1_000_000, example = 100)]
    count: u32,
    /// From a second to a year.
    #[schema(example = "1m")]
    per: String,
}

/// Reads a change of what is said about a queue.
pub(in crate::api) fn read_queue_change(value: Value<'_>) -> Read<QueueChange> {
    let mut fields = value.object()?;
    let gate = read_gate(&mut fields);
    let key_concurrency = fields.nullable("key_concurrency", read_concurrency);
    fields.finish(|| Some(QueueChange { gate, key_concurrency }))
}

/// Reads how a queue or a task is held back.
pub(super) fn read_gate(fields: &mut Fields<'_>) -> GateChange {
    GateChange {
        paused: fields.nullable("paused", Value::flag).map(Option::unwrap_or_default),
        concurrency: fields.nullable("concurrency", read_concurrency),
        rate: fields.nullable("rate", read_rate),
    }
}

fn read_concurrency(value: Value<'_>) -> Read<NonZeroU32> {
    let count = value.clone().integer()?;
    NonZeroU32::new(count).ok_or_else(|| value.wrong("must be at least 1; to let none start, use `paused`"))
}

fn read_rate(value: Value<'_>) -> Read<Rate> {
    let mut fields = value.clone().object()?;
    let count = fields.required("count", Value::integer);
    let per = fields.required("per", Value::duration);
    let (count, per) = fields.finish(|| Some((count?, per?)))?;
    Rate::new(count, per).map_err(|reason| value.wrong(reason))
}

impl QueueBody {
    /// The queue at this moment. Every state is counted, also one without jobs.
    pub(in crate::api) fn new(stats: &QueueStats, now: Timestamp) -> Self {
        let count = |state: StateName| (state.as_str(), stats.counts.get(&state).copied().unwrap_or(0));
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
