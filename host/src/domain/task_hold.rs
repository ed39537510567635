//! The reasons that hold back every job of a task, whatever the settings of its queue.

use std::collections::BTreeMap;

use super::{TaskName, closed_set};

closed_set! {
    /// The reason why no job of a task starts.
    pub enum TaskHold {
        /// No active plugin offers the task; an upload of one that does lets its jobs start.
        UnknownTask = "unknown-task",
        /// The code of its plugin is being compiled, or does not compile on this host; in the latter case another
        /// version has to be activated.
        NotReady = "not-ready",
    }
}

/// The tasks that were held back at one time, of those that were checked.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TaskHolds(BTreeMap<TaskName, TaskHold>);

impl TaskHolds {
    /// The reason that holds back a task, if any.
    pub fn of(&self, task: &TaskName) -> Option<TaskHold> {
        self.0.get(task).copied()
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&TaskName, TaskHold)> {
        self.0.iter().map(|(task, hold)| (task, *hold))
    }
}

impl FromIterator<(TaskName, TaskHold)> for TaskHolds {
    fn from_iter<I: IntoIterator<Item = (TaskName, TaskHold)>>(holds: I) -> Self {
        Self(holds.into_iter().collect())
    }
}
