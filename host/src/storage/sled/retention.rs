//! The port's methods for forgetting final jobs.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::{SledStorage, handlers};
use crate::domain::{Cutoff, StateName, Timestamp};
use crate::ports::{FinalCount, RetentionStore, StorageResult};

#[async_trait]
impl RetentionStore for SledStorage {
    async fn prune(&self, cutoffs: [Cutoff; 3], now: Timestamp, limit: usize) -> StorageResult<usize> {
        self.committer.run_long(move |txn| handlers::prune(txn, &cutoffs, now, limit)).await
    }

    async fn count_final(&self, cutoffs: [Cutoff; 3]) -> StorageResult<BTreeMap<StateName, FinalCount>> {
        self.count(move |database| database.index().finals().count(&cutoffs)).await
    }
}
