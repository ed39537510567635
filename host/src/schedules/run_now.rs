//! Running the job of a schedule beside its times.

use super::{ScheduleError, Schedules};
use crate::domain::{Caller, JobId, ScheduleName};
use crate::intake::Origin;

impl Schedules {
    /// Submits the job of a schedule now. Its times stay as they are. `None` if there is no such schedule. It finishes
    /// even if the caller disconnects.
    pub async fn run_now(&self, name: ScheduleName) -> Result<Option<JobId>, ScheduleError> {
        let Some(schedule) = self.schedule(name).await? else { return Ok(None) };
        let now = self.clock.now();
        let job = self.job(&schedule, now, now);
        let id = job.job.spec.id;
        // The writer of a schedule may act on every job.
        let origin = Origin::of(Caller::unrestricted(schedule.spec.submitter.clone()));
        let submission = origin.submission(vec![job], now);
        self.intake.submit(submission, None).await?;
        Ok(Some(id))
    }
}
