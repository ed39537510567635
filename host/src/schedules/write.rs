//! Writing and removal of schedules, which are validated before anything is stored.

use super::{ScheduleError, Schedules};
use crate::domain::{NO_WEBHOOK_KEY, RequestProblem, Schedule, ScheduleName, ScheduleSpec};
use crate::ports::StorageResult;

impl Schedules {
    /// Creates or replaces a schedule, and notifies the ticker.
    pub async fn put(&self, name: ScheduleName, spec: ScheduleSpec) -> Result<Schedule, ScheduleError> {
        let now = self.ports.clock.now();
        let mut problems = spec.problems(now);
        if spec.job.options.callback_url.is_some() && !self.ports.directory.has_webhook_key() {
            let (pointer, detail) = ("/job/callback_url".to_owned(), NO_WEBHOOK_KEY.to_owned());
            problems.push(RequestProblem { pointer, detail });
        }
        if !problems.is_empty() {
            return Err(ScheduleError::Invalid(problems));
        }
        self.check_task(&spec)?;
        let schedule = self.ports.storage.put_schedule(name, spec, now).await?;
        self.written.notify_one();
        Ok(schedule)
    }

    /// Removes a schedule. Returns whether there was one. Its jobs stay.
    pub async fn remove(&self, name: ScheduleName) -> StorageResult<bool> {
        self.ports.storage.remove_schedule(name).await
    }

    /// Refuses a task that no plugin offers: it is most often a wrong name, and its first job is far away.
    fn check_task(&self, spec: &ScheduleSpec) -> Result<(), ScheduleError> {
        let task = &spec.job.task;
        let directory = &self.ports.directory;
        if spec.job.allow_unknown_task || directory.offers(task) {
            return Ok(());
        }
        Err(ScheduleError::UnknownTask { task: task.clone(), known: directory.task_names() })
    }
}
