//! Filters of jobs.

use super::{Job, StateName};
use crate::domain::{QueueName, TaskName, Timestamp};

/// A filter of jobs. A job must match every field.
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
    /// Whether a job matches at this time.
    pub fn shows(&self, job: &Job, now: Timestamp) -> bool {
        self.shows_apart_from_tag(job.state_name(now), &job.spec.task, &job.spec.queue)
            && self.tag.as_ref().is_none_or(|tag| job.spec.options.tags.contains(tag))
    }

    /// Whether a job in this state, of this task and in this queue matches, its tags aside.
    pub fn shows_apart_from_tag(&self, state: StateName, task: &TaskName, queue: &QueueName) -> bool {
        self.state.is_none_or(|wanted| wanted == state)
            && self.task.as_ref().is_none_or(|wanted| wanted == task)
            && self.queue.as_ref().is_none_or(|wanted| wanted == queue)
    }
}
