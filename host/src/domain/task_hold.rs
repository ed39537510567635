//! What holds back every job of a task, whatever is said of its queue.

use std::collections::BTreeMap;

use super::{FailureKind, TaskName};

/// Why no job of a task starts.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum TaskHold {
    /// No active plugin offers the task.
    UnknownTask,
    /// The code of the plugin that offers it is not ready to run: it is being compiled, or it cannot be on this
    /// host.
    NotReady,
}

impl TaskHold {
    /// The word for it outside.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UnknownTask => FailureKind::UnknownTask.as_str(),
            Self::NotReady => "not-ready",
        }
    }
}

/// The tasks that were held back at one moment, among those that were looked at.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct TaskHolds(BTreeMap<TaskName, TaskHold>);

impl TaskHolds {
    /// What holds back a task, if anything does.
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
