//! The port's methods for queues and tasks.

use async_trait::async_trait;

use super::database::Database;
use super::{SledStorage, handlers};
use crate::domain::{QueueChange, QueueName, TaskChange, TaskName, Timestamp};
use crate::ports::{NamePageRequest, QueueStats, QueueStore, StorageResult, TaskStats, TaskStore};

#[async_trait]
impl QueueStore for SledStorage {
    async fn configure_queue(
        &self,
        name: QueueName,
        change: QueueChange,
        now: Timestamp,
    ) -> StorageResult<()> {
        self.committer.run_long(move |txn| handlers::configure_queue(txn, name, &change, now)).await
    }

    async fn queue(&self, name: QueueName, now: Timestamp) -> StorageResult<Option<QueueStats>> {
        self.count(move |database| database.index_mut().queue_stats(&name, now)).await
    }

    async fn queues(
        &self,
        page: NamePageRequest<QueueName>,
        now: Timestamp,
    ) -> StorageResult<Vec<QueueStats>> {
        let read = move |database: &mut Database| {
            database.index_mut().queues_after(page.after.as_ref(), page.limit, now)
        };
        self.count(read).await
    }
}

#[async_trait]
impl TaskStore for SledStorage {
    async fn configure_task(&self, name: TaskName, change: TaskChange, now: Timestamp) -> StorageResult<()> {
        self.committer.run_long(move |txn| handlers::configure_task(txn, name, &change, now)).await
    }

    async fn task(&self, name: TaskName) -> StorageResult<Option<TaskStats>> {
        self.count(move |database| database.index().task_stats(&name)).await
    }

    async fn tasks(&self, page: NamePageRequest<TaskName>) -> StorageResult<Vec<TaskStats>> {
        self.count(move |database| database.index().tasks_after(page.after.as_ref(), page.limit)).await
    }
}
