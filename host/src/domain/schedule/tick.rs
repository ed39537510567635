//! What a schedule does when it is due: which jobs, and what it waits for next.
//!
//! Pure, so that whoever is up comes to the same answer; storage writes it only if the schedule is
//! still what the answer was found for.

use std::time::Duration;

use super::{Missed, Overlap, Schedule, ScheduleState};
use crate::domain::{JobId, Timestamp};

/// How late a tick may be and is not missed: a restart, a stalled host, a slow disk or a clock that was set.
pub const LATE_MAX: Duration = Duration::from_secs(60);

/// The most jobs of one transaction. A schedule that missed more catches up step by step. More than the
/// ticks of [`LATE_MAX`], of which there is at most one each second.
const JOBS_MAX: usize = 500;

/// What is to be done for a schedule that is due.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tick {
    /// The ticks that become a job each, oldest first.
    pub jobs: Vec<Timestamp>,
    /// The tick after all that were due; in the past when there are more than one transaction takes.
    pub next_at: Option<Timestamp>,
}

impl Schedule {
    /// What is to be done now; `None` while it is not due. `is_busy` says that the job of its last tick
    /// is not final.
    ///
    /// A tick that is at most `LATE_MAX` late becomes a job. Older ones are missed, and `missed` says
    /// what becomes of them.
    pub fn tick(&self, is_busy: bool, now: Timestamp) -> Option<Tick> {
        let due = self.state.next_at.filter(|due| *due <= now)?;
        let until = self.spec.until.map_or(now, |until| until.min(now));
        let mut jobs = self.wanted(due, until, now.minus(LATE_MAX));
        // With all ticks wanted, the last one that was looked at leads on; else none due is left over.
        let done = match (self.spec.missed, jobs.last()) {
            (Missed::All, Some(last)) => *last,
            _ => now,
        };
        if self.spec.overlap == Overlap::Skip {
            // The job of the first tick would still wait when the second tick comes.
            jobs.truncate(usize::from(!is_busy));
        }
        Some(Tick { jobs, next_at: self.next_after(done) })
    }

    /// The due ticks that become jobs. Those before `in_time` are missed.
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

    /// Whether what is stored is no longer this: somebody else fired its tick, or a person changed it.
    /// Two hosts that see the same tick must not both make its job.
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
