//! Durable settings of tasks, and the tasks in numbers.

use async_trait::async_trait;

use super::{NamePageRequest, StorageResult};
use crate::domain::{TaskChange, TaskName, TaskSettings, Timestamp};

/// A task over all queues, in numbers, of which the same holds as of those of a [queue](super::QueueStats).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TaskStats {
    /// Its name.
    pub name: TaskName,
    /// Number of its jobs that are not final.
    pub live: u64,
    /// Number of them that run.
    pub running: u64,
    /// Number of its final jobs.
    pub finals: u64,
    /// Its settings.
    pub settings: TaskSettings,
}

impl TaskStats {
    /// A task that has neither jobs nor settings.
    pub fn empty(name: TaskName) -> Self {
        Self { name, live: 0, running: 0, finals: 0, settings: TaskSettings::default() }
    }
}

/// Durable tasks. See [`super::Storage`] for what every method promises.
#[async_trait]
pub trait TaskStore: Send + Sync {
    /// Changes a task's settings, by [`crate::domain::TaskSettings::changed`] and [`crate::domain::Gate::changed`]. The next claim of any host
    /// obeys it.
    async fn configure_task(&self, name: TaskName, change: TaskChange, now: Timestamp) -> StorageResult<()>;

    /// One task in numbers, if it has jobs or settings.
    async fn task(&self, name: TaskName) -> StorageResult<Option<TaskStats>>;

    /// Tasks that have jobs or settings, in numbers, by name.
    async fn tasks(&self, page: NamePageRequest<TaskName>) -> StorageResult<Vec<TaskStats>>;
}
