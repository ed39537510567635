//! Ticks: the jobs of a due schedule, and its next time.
//!
//! Pure, so that every host computes the same result; storage writes it only if the schedule has not changed meanwhile.

use std::time::Duration;

use super::{Missed, Overlap, Schedule, ScheduleState};
use crate::domain::{JobId, Timestamp};

/// The delay up to which a tick is not missed: of a restart, a stalled host, a slow disk or a clock that was set.
pub const LATE_MAX: Duration = Duration::from_secs(60);

/// The most jobs of one transaction. A schedule that missed more catches up step by step. More than the
/// ticks of [`LATE_MAX`], of which there is at most one each second.
const JOBS_MAX: usize = 500;

/// The actions for a due schedule.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tick {
    /// The ticks that make a job each, oldest first.
    pub jobs: Vec<Timestamp>,
    /// The tick after all that were due; in the past when there are more than one transaction takes.
    pub next_at: Option<Timestamp>,
}

impl Schedule {
    /// The actions at this time; `None` while it is not due. `is_busy` is whether the job of its last tick is not final.
    ///
    /// A tick that is at most `LATE_MAX` late makes a job. Older ones are missed, with the effect of `missed`.
    pub fn tick(&self, is_busy: bool, now: Timestamp) -> Option<Tick> {
        let due = self.state.next_at.filter(|due| *due <= now)?;
        let until = self.spec.until.map_or(now, |until| until.min(now));
        let mut jobs = self.wanted(due, until, now.minus(LATE_MAX));
        // If all ticks make jobs, continue after the last one read; otherwise none that is due remains.
        let done = match (self.spec.missed, jobs.last()) {
            (Missed::All, Some(last)) => *last,
            _ => now,
        };
        if self.spec.overlap == Overlap::Skip {
            // The job of the first tick would still wait at the second tick.
            jobs.truncate(usize::from(!is_busy));
        }
        Some(Tick { jobs, next_at: self.next_after(done) })
    }

    /// The due ticks that make jobs. Those before `in_time` are missed.
    fn wanted(&self, due: Timestamp, until: Timestamp, in_time: Timestamp) -> Vec<Timestamp> {
        let last_missed = in_time.minus(Duration::from_millis(1));
        if due >= in_time || self.spec.missed == Missed::All {
            return self.due_from(Some(due), until);
        }
        let mut ticks = self.due_from(self.next_after(last_missed), until);
        if self.spec.missed == Missed::Once {
            ticks.insert(0, self.latest(due, until.min(last_missed)));
        }
        ticks
    }

    /// The schedule's state when the jobs of a tick are written, the newest of them last.
    pub fn ticked(&self, tick: &Tick, last_job: Option<JobId>) -> ScheduleState {
        ScheduleState {
            since: self.state.since,
            next_at: tick.next_at,
            last_at: tick.jobs.last().copied().or(self.state.last_at),
            last_job: last_job.or(self.state.last_job),
        }
    }

    /// Whether the stored schedule differs from this one: another host has fired its tick, or a caller has changed it. Two
    /// hosts that see the same tick must not both make its job.
    pub fn is_outdated(&self, stored: Option<&Schedule>) -> bool {
        stored != Some(self)
    }

    /// The next times at which it is due, at most so many.
    pub fn upcoming(&self, count: usize) -> Vec<Timestamp> {
        std::iter::successors(self.state.next_at, |at| self.next_after(*at)).take(count).collect()
    }

    fn latest(&self, due: Timestamp, until: Timestamp) -> Timestamp {
        self.spec.cadence.latest(self.state.since, due, until)
    }

    /// The ticks from this one on, as many as one transaction takes.
    fn due_from(&self, first: Option<Timestamp>, until: Timestamp) -> Vec<Timestamp> {
        let ticks = std::iter::successors(first, |at| self.next_after(*at));
        ticks.take_while(|at| *at <= until).take(JOBS_MAX).collect()
    }

    fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        self.spec.next_after(self.state.since, after)
    }
}
