//! The jobs of due schedules.

use tracing::{debug, warn};

use super::Schedules;
use crate::domain::{Caller, JobIdentity, Overlap, Schedule, Timestamp};
use crate::intake::Origin;
use crate::ports::{DueSchedules, Fired, Firing, NewJob, StorageResult};

/// Most schedules of one round.
const ROUND_MAX: usize = 1_000;

impl Schedules {
    /// Fires due schedules, the longest due first. Returns the time of the next round. A schedule that cannot be fired
    /// does not delay the others of the round: it stays among the first to be due.
    pub(super) async fn fire_due(&self) -> StorageResult<Due> {
        let now = self.clock.now();
        let DueSchedules { schedules, next_at } = self.storage.due_schedules(now, ROUND_MAX).await?;
        let mut due = Due { next_at, failed: false };
        for schedule in schedules {
            match self.fire(&schedule, now).await {
                Ok(next_at) => due.next_at = earlier(due.next_at, next_at),
                Err(error) => {
                    warn!(schedule = %schedule.name, %error, "a schedule could not be fired");
                    due.failed = true;
                }
            }
        }
        Ok(due)
    }

    /// Fires one schedule. Returns its next time.
    async fn fire(&self, schedule: &Schedule, now: Timestamp) -> StorageResult<Option<Timestamp>> {
        let is_busy = self.is_busy(schedule).await?;
        let Some(tick) = schedule.tick(is_busy, now) else { return Ok(schedule.state.next_at) };
        let next_at = tick.next_at;
        let jobs = tick.jobs.iter().map(|at| self.job(schedule, *at, now)).collect();
        // The writer of a schedule may act on every job.
        let origin = Origin::of(Caller::unrestricted(schedule.spec.submitter.clone()));
        let submission = origin.submission(jobs, now);
        match self.intake.fire(Firing { expected: schedule.clone(), tick, submission }).await? {
            Fired::Done(_) => Ok(next_at),
            Fired::Taken => {
                debug!(schedule = %schedule.name, "another host fired it first");
                // Its present state is read at once.
                Ok(Some(now))
            }
        }
    }

    /// Whether the job of the last tick is not final. Read only if needed, because a job may be large.
    async fn is_busy(&self, schedule: &Schedule) -> StorageResult<bool> {
        let (Overlap::Skip, Some(last)) = (schedule.spec.overlap, schedule.state.last_job) else {
            return Ok(false);
        };
        let last = self.storage.job(last).await?;
        Ok(last.is_some_and(|last| !last.job.state.phase.is_final()))
    }

    /// The job of one tick, with a tag of the schedule and a label of the tick.
    pub(super) fn job(&self, schedule: &Schedule, tick: Timestamp, now: Timestamp) -> NewJob {
        let mut request = schedule.spec.job.clone();
        request.options.tags.push(format!("schedule:{}", schedule.name));
        request.options.label.get_or_insert_with(|| format!("{} of {tick}", schedule.name));
        let (id, submitter) = (self.ids.job_id(now), schedule.spec.submitter.clone());
        let identity = JobIdentity { id, order: None, submitter, submitted_by: None, created_at: now };
        self.intake.draft(request, None, identity)
    }
}

/// The result of a round.
pub(super) struct Due {
    /// When the next schedule is due.
    pub(super) next_at: Option<Timestamp>,
    /// Whether some schedules could not be fired.
    pub(super) failed: bool,
}

fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    one.into_iter().chain(other).min()
}
