//! The port's methods for queues and tasks.

use async_trait::async_trait;

use super::{SledStorage, handlers};
use crate::domain::{GateChange, QueueChange, QueueName, TaskName, Timestamp};
use crate::ports::{QueueStats, QueueStore, StorageResult, TaskStats, TaskStore};

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

#[async_trait]
impl TaskStore for SledStorage {
    async fn configure_task(&self, name: TaskName, change: GateChange, now: Timestamp) -> StorageResult<()> {
        self.committer.run(move |txn| handlers::configure_task(txn, name, &change, now)).await
    }

    async fn tasks(&self) -> StorageResult<Vec<TaskStats>> {
        self.read(|shared| shared.read(|database| Ok(database.index().tasks()))).await
    }
}
