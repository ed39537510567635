//! Forgetting final jobs, in steps.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::StorageResult;
use crate::domain::{Retention, StateName, Timestamp};

/// The jobs of one final state, in numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct FinalCount {
    /// How many there are.
    pub jobs: u64,
    /// How many of them are to go.
    pub to_go: u64,
}

/// Forgetting final jobs. See [`super::Storage`] for what every method promises.
#[async_trait]
pub trait RetentionStore: Send + Sync {
    /// Deletes in one transaction up to `limit` of the final jobs that [`crate::domain::Keep::lets_go`],
    /// with all that was written about them; says how many. Their orders stay. Forgets some of the idempotency
    /// keys that expired as well.
    async fn prune(&self, retention: Retention, now: Timestamp, limit: usize) -> StorageResult<usize>;

    /// How many jobs there are in each final state, and how many are to go. Deletes nothing.
    async fn count_final(
        &self,
        retention: Retention,
        now: Timestamp,
    ) -> StorageResult<BTreeMap<StateName, FinalCount>>;
}
