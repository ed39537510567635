//! Throughput in the model.

use async_trait::async_trait;
use taskbox::domain::{Ended, Minute};
use taskbox::ports::{StorageResult, ThroughputStore};

use super::ModelStorage;

#[async_trait]
impl ThroughputStore for ModelStorage {
    async fn count_ended(&self, minute: Minute, ended: Ended) -> StorageResult<()> {
        self.write(|all| {
            *all.ended.entry(minute).or_default() += ended;
            all.ended.retain(|known, _| *known >= minute.first_kept());
            Ok(())
        })
    }

    async fn ended_since(&self, first: Minute) -> StorageResult<Vec<(Minute, Ended)>> {
        Ok(self.read(|all| {
            let minutes = all.ended.range(first..).filter(|(_, ended)| !ended.is_none());
            minutes.map(|(minute, ended)| (*minute, *ended)).collect()
        }))
    }
}
