//! Queues and tasks as an operator sees and holds them back.

use std::collections::BTreeMap;

use super::Queue;
use crate::domain::{GateChange, QueueChange, QueueName, TaskName};
use crate::ports::{QueueStats, StorageResult, TaskStats};

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

    /// All tasks that are offered or have jobs or settings, by name, each with whether it is offered.
    pub async fn tasks(&self) -> StorageResult<Vec<(TaskStats, bool)>> {
        let offered = self.directory.task_names();
        let mut tasks: BTreeMap<_, _> =
            offered.into_iter().map(|name| (name.clone(), (TaskStats::empty(name), true))).collect();
        for stats in self.storage.tasks().await? {
            let offered = tasks.contains_key(&stats.name);
            tasks.insert(stats.name.clone(), (stats, offered));
        }
        Ok(tasks.into_values().collect())
    }

    /// Changes what is said about a task, and lets the dispatcher look again: more may start now.
    pub async fn configure_task(
        &self,
        name: TaskName,
        change: GateChange,
    ) -> StorageResult<(TaskStats, bool)> {
        self.storage.configure_task(name.clone(), change, self.clock.now()).await?;
        self.events.wake();
        let known = self.tasks().await?.into_iter().find(|(stats, _)| stats.name == name);
        Ok(known.unwrap_or_else(|| (TaskStats::empty(name), false)))
    }
}
