//! Queues and tasks as an operator sees and holds them back.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Queue;
use crate::domain::{QueueChange, QueueName, TaskChange, TaskHold, TaskName, TaskSpec};
use crate::finishing::to_its_end;
use crate::ports::{NamePageRequest, QueueStats, StorageResult, TaskStats};

/// A task in numbers, and its specification by the active plugin that offers it.
pub struct TaskView {
    /// The numbers and the settings.
    pub stats: TaskStats,
    /// The specification; `None` if no plugin offers the task.
    pub spec: Option<TaskSpec>,
}

impl Queue {
    /// Queues that have jobs or settings, in numbers, by name.
    pub async fn queues(&self, page: NamePageRequest<QueueName>) -> StorageResult<Vec<QueueStats>> {
        self.storage.queues(page, self.clock.now()).await
    }

    /// One queue in numbers, if it has jobs or settings.
    pub async fn queue(&self, name: QueueName) -> StorageResult<Option<QueueStats>> {
        self.storage.queue(name, self.clock.now()).await
    }

    /// Changes a queue's settings, and lets the dispatcher look again: more may start now. It finishes
    /// even if the caller disconnects.
    pub async fn configure(
        self: &Arc<Self>,
        name: QueueName,
        change: QueueChange,
    ) -> StorageResult<QueueStats> {
        let queue = Arc::clone(self);
        to_its_end(async move {
            queue.storage.configure_queue(name.clone(), change, queue.clock.now()).await?;
            queue.events.wake();
            let stats = queue.queue(name.clone()).await?;
            Ok(stats.unwrap_or_else(|| QueueStats::empty(name)))
        })
        .await
    }

    /// What holds back every job of a task, if anything does.
    pub fn hold(&self, task: &TaskName) -> Option<TaskHold> {
        self.registry.hold(task)
    }

    /// The specification of a task by the active plugin that offers it.
    pub fn task_spec(&self, task: &TaskName) -> Option<TaskSpec> {
        self.registry.task(task)
    }

    /// Tasks that are offered or have jobs or settings, by name, each with whether it is offered.
    pub async fn tasks(&self, page: NamePageRequest<TaskName>) -> StorageResult<Vec<(TaskStats, bool)>> {
        let limit = page.limit;
        let offered = self.registry.task_names().into_iter().filter(|name| page.after.as_ref() < Some(name));
        let mut tasks: BTreeMap<_, _> =
            offered.take(limit).map(|name| (name.clone(), (TaskStats::empty(name), true))).collect();
        for stats in self.storage.tasks(page).await? {
            let offered = self.registry.offers(&stats.name);
            tasks.insert(stats.name.clone(), (stats, offered));
        }
        Ok(tasks.into_values().take(limit).collect())
    }

    /// One task, if a plugin offers it or it has jobs or settings.
    pub async fn task(&self, name: TaskName) -> StorageResult<Option<TaskView>> {
        let spec = self.registry.task(&name);
        let stats = self.storage.task(name.clone()).await?;
        let is_known = stats.is_some() || spec.is_some();
        Ok(is_known.then(|| TaskView { stats: stats.unwrap_or_else(|| TaskStats::empty(name)), spec }))
    }

    /// Changes a task's settings, and lets the dispatcher look again: more may start now. It finishes
    /// even if the caller disconnects.
    pub async fn configure_task(
        self: &Arc<Self>,
        name: TaskName,
        change: TaskChange,
    ) -> StorageResult<(TaskStats, bool)> {
        let queue = Arc::clone(self);
        to_its_end(async move {
            queue.storage.configure_task(name.clone(), change, queue.clock.now()).await?;
            queue.events.wake();
            let (stats, offered) = (queue.storage.task(name.clone()).await?, queue.registry.offers(&name));
            Ok((stats.unwrap_or_else(|| TaskStats::empty(name)), offered))
        })
        .await
    }
}
