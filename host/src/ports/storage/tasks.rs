//! Durable settings of tasks, and the tasks in numbers.

use async_trait::async_trait;

use super::{NamePage, StorageResult};
use crate::domain::{TaskChange, TaskName, TaskSettings, Timestamp};

/// A task over all queues, in numbers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TaskStats {
    /// Its name.
    pub name: TaskName,
    /// How many jobs it has, in any state.
    pub jobs: u64,
    /// How many of them run.
    pub running: u64,
    /// What an operator says about it.
    pub settings: TaskSettings,
}

impl TaskStats {
    /// A task that has neither jobs nor settings.
    pub fn empty(name: TaskName) -> Self {
        Self { name, jobs: 0, running: 0, settings: TaskSettings::default() }
    }
}

/// Durable tasks. See [`super::Storage`] for what every method promises.
#[async_trait]
pub trait TaskStore: Send + Sync {
    /// Changes what is said about a task, by [`crate::domain::TaskSettings::changed`] and [`crate::domain::Gate::changed`]. The next claim of any host
    /// obeys it.
    async fn configure_task(&self, name: TaskName, change: TaskChange, now: Timestamp) -> StorageResult<()>;

    /// One task in numbers, if it has jobs or settings.
    async fn task(&self, name: TaskName) -> StorageResult<Option<TaskStats>>;

    /// Tasks that have jobs or settings, in numbers, by name.
    async fn tasks(&self, page: NamePage<TaskName>) -> StorageResult<Vec<TaskStats>>;
}
