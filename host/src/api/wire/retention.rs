//! How long final jobs are kept, outside.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::domain::{Retention, RetentionRule, StateName, format_age};
use crate::ports::FinalCount;

/// How long final jobs are kept, and the effect of that now.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Retention)]
pub(in crate::api) struct RetentionBody {
    /// By final state: completed, discarded and cancelled.
    states: BTreeMap<&'static str, KeepBody>,
}

/// How long the jobs of one final state are kept.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Keep)]
struct KeepBody {
    /// Time for which they are kept after they became final, or `forever`.
    #[schema(example = "7d")]
    age: String,
    /// Most jobs that are kept, the youngest.
    count: u64,
    /// Number of jobs now.
    jobs: u64,
    /// Number of jobs that the next sweep deletes.
    to_go: u64,
}

impl RetentionBody {
    /// The settings, with the numbers of jobs that they delete.
    pub(in crate::api) fn new(retention: &Retention, counts: &BTreeMap<StateName, FinalCount>) -> Self {
        let state = |(state, keep): (StateName, RetentionRule)| {
            let FinalCount { jobs, to_go } = counts.get(&state).copied().unwrap_or_default();
            (state.as_str(), KeepBody { age: format_age(keep.age), count: keep.count, jobs, to_go })
        };
        Self { states: retention.by_state().into_iter().map(state).collect() }
    }
}
