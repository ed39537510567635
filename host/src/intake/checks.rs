//! The checks of a request against the state of the host: the tasks that plugins offer, and the webhook key.

use super::Intake;
use crate::domain::{NO_WEBHOOK_KEY, NameLimit, RequestProblem, TaskHolds, TaskName};
use crate::ports::{NewJob, Submission};

/// No active plugin offers the task of a request.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no active plugin offers the task {task}")]
pub struct UnknownTask {
    /// The unknown task.
    pub task: TaskName,
    /// The tasks that plugins offer.
    pub known: Vec<TaskName>,
}

impl Intake {
    /// Refuses a task that no plugin offers: it is most often a wrong name.
    pub fn check_task(&self, task: &TaskName) -> Result<(), UnknownTask> {
        if self.registry.offers(task) {
            return Ok(());
        }
        Err(UnknownTask { task: task.clone(), known: self.registry.task_names() })
    }

    /// The problem of a callback URL on a host without a key to sign webhooks.
    pub fn unsigned(&self, callback_url: Option<&str>) -> Option<RequestProblem> {
        let is_unsigned = callback_url.is_some() && !self.registry.has_webhook_key();
        is_unsigned.then(|| RequestProblem {
            pointer: "/callback_url".to_owned(),
            detail: NO_WEBHOOK_KEY.to_owned(),
        })
    }

    /// The same submission, with the tasks of its jobs that are held back now, and a limit of the names that they may bring
    /// into use.
    pub fn held_and_limited(&self, submission: Submission, names_max: usize) -> Submission {
        let names = Some(NameLimit { most: names_max, known: self.registry.known_names() });
        Submission { held: self.holds(&submission.jobs), names, ..submission }
    }

    /// The tasks of these jobs that are held back now.
    fn holds(&self, jobs: &[NewJob]) -> TaskHolds {
        let tasks = jobs.iter().map(|new| &new.job.spec.task);
        tasks.filter_map(|task| Some((task.clone(), self.registry.hold(task)?))).collect()
    }
}
