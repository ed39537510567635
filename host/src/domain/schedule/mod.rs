//! Schedules, which make jobs by the clock.
//!
//! Values and pure rules: the time is an argument, and the result does not depend on how often a schedule is read.

mod cadence;
mod cron;
mod spec;
mod tick;
mod zone;

#[cfg(test)]
mod tests;

pub use cadence::Cadence;
pub use cron::{Cron, CronError};
pub use spec::{Missed, Overlap, ScheduleSpec};
pub use tick::Tick;
pub use zone::Zone;

use super::{JobId, ScheduleName, Timestamp};

/// A schedule: its specification and its state.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Schedule {
    /// Its name.
    pub name: ScheduleName,
    /// The specification.
    pub spec: ScheduleSpec,
    /// The state.
    pub state: ScheduleState,
    /// Time of the first write.
    pub created_at: Timestamp,
    /// Time of the last write by a caller.
    pub updated_at: Timestamp,
}

/// The state of a schedule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ScheduleState {
    /// Start of its cadence: the phase of a period.
    pub since: Timestamp,
    /// The next tick; `None` when it has ended.
    pub next_at: Option<Timestamp>,
    /// The last tick that made a job.
    pub last_at: Option<Timestamp>,
    /// That job.
    pub last_job: Option<JobId>,
}

impl Schedule {
    /// The schedule to store when a caller creates or replaces one. To write the same again changes no phase and loses no
    /// tick: a deployment writes all its schedules again.
    pub fn written(name: ScheduleName, spec: ScheduleSpec, known: Option<&Schedule>, now: Timestamp) -> Self {
        let goes_on = known.filter(|known| known.spec.cadence == spec.cadence);
        let since = goes_on.map_or(now, |known| known.state.since);
        let waits_for = goes_on.and_then(|known| known.state.next_at);
        let next_at = match waits_for {
            Some(tick) => Some(tick).filter(|tick| spec.until.is_none_or(|until| *tick <= until)),
            None => spec.next_after(since, now),
        };
        let state = ScheduleState {
            since,
            next_at,
            last_at: known.and_then(|known| known.state.last_at),
            last_job: known.and_then(|known| known.state.last_job),
        };
        let created_at = known.map_or(now, |known| known.created_at);
        Self { name, spec, state, created_at, updated_at: now }
    }
}
