//! Durable schedules.

use async_trait::async_trait;

use super::{StorageResult, Submission, Submitted};
use crate::domain::{Schedule, ScheduleName, ScheduleSpec, Tick, Timestamp};

/// The tick of a schedule that is due, as a host found it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Firing {
    /// The schedule for which it was found.
    pub expected: Schedule,
    /// The tick.
    pub tick: Tick,
    /// The jobs of the tick, in its order; none when all are left out.
    pub submission: Submission,
}

impl Firing {
    /// The schedule after its jobs came to this. A duplicate is the job that stands for it.
    pub fn moved_on(&self, submitted: &Submitted) -> Schedule {
        let last_job = match submitted {
            Submitted::New => self.submission.jobs.last().map(|new| new.job.spec.id),
            Submitted::Admitted(admitted) => admitted.last().map(|admitted| admitted.job.spec.id),
            Submitted::Replayed(_) => None,
        };
        let state = self.expected.ticked(&self.tick, last_job);
        Schedule { state, ..self.expected.clone() }
    }
}

/// The result of a firing.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Fired {
    /// The jobs and the schedule's new state are written.
    Done(Submitted),
    /// Nothing was written: the schedule is not what the firing was found for. Another host fired this
    /// tick, or a person changed the schedule.
    Taken,
}

/// Schedules that are due.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct DueSchedules {
    /// The schedules, the longest due first.
    pub schedules: Vec<Schedule>,
    /// The next tick of the schedule behind these; in the past if more are due than were asked for.
    pub next_at: Option<Timestamp>,
}

/// Durable schedules. See [`super::Storage`] for what every method promises.
#[async_trait]
pub trait ScheduleStore: Send + Sync {
    /// Writes a schedule by [`Schedule::written`].
    async fn put_schedule(
        &self,
        name: ScheduleName,
        spec: ScheduleSpec,
        now: Timestamp,
    ) -> StorageResult<Schedule>;

    /// Removes a schedule. Returns whether there was one. Its jobs stay.
    async fn remove_schedule(&self, name: ScheduleName) -> StorageResult<bool>;

    /// One schedule.
    async fn schedule(&self, name: ScheduleName) -> StorageResult<Option<Schedule>>;

    /// All schedules, by name.
    async fn schedules(&self) -> StorageResult<Vec<Schedule>>;

    /// Up to `limit` schedules whose next tick is not after `now`. The work does not grow with the others.
    async fn due_schedules(&self, now: Timestamp, limit: usize) -> StorageResult<DueSchedules>;

    /// Submits the jobs of a tick and moves the schedule on, both or neither, unless it
    /// [is outdated](Schedule::is_outdated): one tick is one job, however many hosts see it.
    async fn fire(&self, firing: Firing) -> StorageResult<Fired>;
}
