//! The port's methods for queues.

use async_trait::async_trait;

use super::{SledStorage, handlers};
use crate::domain::{QueueChange, QueueName, Timestamp};
use crate::ports::{QueueStats, QueueStore, StorageResult};

#[async_trait]
impl QueueStore for SledStorage {
    async fn configure_queue(
        &self,
        name: QueueName,
        change: QueueChange,
        now: Timestamp,
    ) -> StorageResult<()> {
        self.committer.run(move |txn| handlers::configure_queue(txn, name, &change, now)).await
    }

    async fn queue(&self, name: QueueName, now: Timestamp) -> StorageResult<Option<QueueStats>> {
        self.read(move |shared| shared.sort(|database| database.index_mut().queue_stats(&name, now))).await
    }

    async fn queues(&self, now: Timestamp) -> StorageResult<Vec<QueueStats>> {
        self.read(move |shared| shared.sort(|database| database.index_mut().queues(now))).await
    }
}
