//! Which jobs are meant.

use super::{Job, StateName};
use crate::domain::{QueueName, TaskName, Timestamp};

/// Which jobs a list shows, or an action on many is for. All that is named must hold.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct JobFilter {
    /// In this state.
    pub state: Option<StateName>,
    /// Of this task.
    pub task: Option<TaskName>,
    /// In this queue.
    pub queue: Option<QueueName>,
    /// With this tag.
    pub tag: Option<String>,
}

impl JobFilter {
    /// Whether it shows a job at this moment.
    pub fn shows(&self, job: &Job, now: Timestamp) -> bool {
        self.shows_apart_from_tag(job.state_name(now), &job.spec.task, &job.spec.queue)
            && self.tag.as_ref().is_none_or(|tag| job.spec.options.tags.contains(tag))
    }

    /// Whether it shows a job in this state, of this task and in this queue, if that has the tag.
    pub fn shows_apart_from_tag(&self, state: StateName, task: &TaskName, queue: &QueueName) -> bool {
        self.state.is_none_or(|wanted| wanted == state)
            && self.task.as_ref().is_none_or(|wanted| wanted == task)
            && self.queue.as_ref().is_none_or(|wanted| wanted == queue)
    }
}
