//! Queues as an operator sees and holds them back.

use super::Queue;
use crate::domain::{QueueChange, QueueName};
use crate::ports::{QueueStats, StorageResult};

impl Queue {
    /// All queues that have jobs or settings, in numbers.
    pub async fn queues(&self) -> StorageResult<Vec<QueueStats>> {
        self.storage.queues(self.clock.now()).await
    }

    /// One queue in numbers, if it has jobs or settings.
    pub async fn queue(&self, name: QueueName) -> StorageResult<Option<QueueStats>> {
        self.storage.queue(name, self.clock.now()).await
    }

    /// Changes what is said about a queue, and lets the dispatcher look again: more may start now.
    pub async fn configure(&self, name: QueueName, change: QueueChange) -> StorageResult<QueueStats> {
        self.storage.configure_queue(name.clone(), change, self.clock.now()).await?;
        self.events.wake();
        let stats = self.queue(name.clone()).await?;
        Ok(stats.unwrap_or_else(|| QueueStats::empty(name)))
    }
}
