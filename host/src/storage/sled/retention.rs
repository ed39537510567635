//! The port's methods for forgetting final jobs.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::{SledStorage, handlers};
use crate::domain::{Retention, StateName, Timestamp};
use crate::ports::{FinalCount, RetentionStore, StorageResult};

#[async_trait]
impl RetentionStore for SledStorage {
    async fn prune(&self, retention: Retention, now: Timestamp, limit: usize) -> StorageResult<usize> {
        self.committer.run_long(move |txn| handlers::prune(txn, &retention, now, limit)).await
    }

    async fn count_final(
        &self,
        retention: Retention,
        now: Timestamp,
    ) -> StorageResult<BTreeMap<StateName, FinalCount>> {
        self.count(move |database| database.index().finals().count(&retention, now)).await
    }
}
