//! Schedules: jobs that are made again and again, by the clock.
//!
//! Values and pure rules. Nothing here knows who is up, how often a schedule was looked at, or what
//! the time is: all that is an argument.

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

/// A schedule: what was asked for, and where it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Schedule {
    /// Its name.
    pub name: ScheduleName,
    /// What was asked for.
    pub spec: ScheduleSpec,
    /// Where it stands.
    pub state: ScheduleState,
    /// When it was first written.
    pub created_at: Timestamp,
    /// When a person last wrote it.
    pub updated_at: Timestamp,
}

/// Where a schedule stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ScheduleState {
    /// When its cadence began: the phase of one that ticks every so often.
    pub since: Timestamp,
    /// The tick that comes next; none when it has ended.
    pub next_at: Option<Timestamp>,
    /// The last tick that became a job.
    pub last_at: Option<Timestamp>,
    /// That job.
    pub last_job: Option<JobId>,
}

impl Schedule {
    /// What is stored when a person writes a schedule in place of the one that may be there. Writing
    /// the same again changes no phase and loses no tick: a deployment writes all its schedules anew.
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
