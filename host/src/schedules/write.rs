//! Writing and removal of schedules, which are validated before anything is stored.

use std::sync::Arc;

use super::{ScheduleError, Schedules};
use crate::domain::{RequestProblem, Schedule, ScheduleName, ScheduleSpec, Timestamp};
use crate::finishing::to_its_end;
use crate::ports::StorageResult;

impl Schedules {
    /// Creates or replaces a schedule, and notifies the ticker. It finishes even if the caller disconnects.
    pub async fn put(
        self: &Arc<Self>,
        name: ScheduleName,
        spec: ScheduleSpec,
    ) -> Result<Schedule, ScheduleError> {
        let now = self.clock.now();
        self.check(&spec, now).await?;
        let schedules = Arc::clone(self);
        to_its_end(async move {
            let schedule = schedules.storage.put_schedule(name, spec, now).await?;
            schedules.written.notify_one();
            Ok(schedule)
        })
        .await
    }

    /// Removes a schedule. Returns whether there was one. Its jobs stay.
    pub async fn remove(&self, name: ScheduleName) -> StorageResult<bool> {
        self.storage.remove_schedule(name).await
    }

    /// Refuses a task that no plugin offers, too: it is most often a wrong name, and its first job is far away.
    async fn check(&self, spec: &ScheduleSpec, now: Timestamp) -> Result<(), ScheduleError> {
        let unsigned = self.intake.unsigned(spec.job.options.callback_url.as_deref());
        let of_job = |problem: RequestProblem| {
            let pointer = format!("/job{}", problem.pointer);
            RequestProblem { pointer, ..problem }
        };
        let problems: Vec<_> = spec.problems(now).into_iter().chain(unsigned.map(of_job)).collect();
        if !problems.is_empty() {
            return Err(ScheduleError::Invalid(problems));
        }
        if !spec.job.allow_unknown_task {
            self.intake.check_task(&spec.job.task).map_err(ScheduleError::UnknownTask)?;
        }
        let misfits = self.intake.misfits(std::iter::once(spec.job.task_and_input())).await?;
        if misfits.is_empty() {
            return Ok(());
        }
        Err(ScheduleError::Invalid(misfits.into_iter().map(|(_, problem)| of_job(problem)).collect()))
    }
}
