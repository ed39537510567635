//! Forgetting final jobs, in steps.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::StorageResult;
use crate::domain::{Cutoff, StateName, Timestamp};

/// The jobs of one final state, in numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct FinalCount {
    /// Number of jobs.
    pub jobs: u64,
    /// Number of them that are beyond the cutoffs.
    pub to_go: u64,
}

/// Forgetting final jobs. See [`super::Storage`] for what every method promises.
#[async_trait]
pub trait RetentionStore: Send + Sync {
    /// Deletes in one transaction up to `limit` of the final jobs that are beyond the cutoffs, with all their rows,
    /// and returns the number. Their orders stay, and so does a job that others wait for. Deletes some of the
    /// idempotency keys that have expired by `now` as well.
    async fn prune(&self, cutoffs: [Cutoff; 3], now: Timestamp, limit: usize) -> StorageResult<usize>;

    /// The number of jobs in each final state, and of those that are beyond the cutoffs. Deletes nothing.
    async fn count_final(&self, cutoffs: [Cutoff; 3]) -> StorageResult<BTreeMap<StateName, FinalCount>>;
}
