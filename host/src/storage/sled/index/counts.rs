//! One queue in numbers, at any time of day, without counting its jobs.
//!
//! Waiting jobs are tallied by due time, and the tallies that are due are summed up to a mark. A
//! question for another time moves the mark over what lies between: each job is passed once as time
//! goes on, and again only if the clock steps back.

use std::collections::BTreeMap;
use std::ops::Bound::{Excluded, Included};

use super::entry::IndexedStatus;
use crate::domain::{QueueName, StateName, Timestamp};
use crate::ports::QueueStats;

/// Numbers of waiting jobs.
#[derive(Clone, Copy, Default)]
struct Tally {
    first: u64,
    retried: u64,
}

impl Tally {
    fn total(self) -> u64 {
        self.first + self.retried
    }

    fn count(&mut self, retried: bool) -> &mut u64 {
        if retried { &mut self.retried } else { &mut self.first }
    }

    fn add(&mut self, other: Tally) {
        self.first += other.first;
        self.retried += other.retried;
    }

    fn subtract(&mut self, other: Tally) {
        self.first -= other.first;
        self.retried -= other.retried;
    }
}

/// Numbers of the jobs of a queue.
#[derive(Default)]
pub struct Counts {
    running: u64,
    /// Number of jobs that wait for others.
    waiting_for_jobs: u64,
    finals: BTreeMap<StateName, u64>,
    by_due: BTreeMap<Timestamp, Tally>,
    waiting: Tally,
    /// The mark: what is due at or before it is in `due`.
    as_of: Timestamp,
    due: Tally,
}

impl Counts {
    /// Counts a job.
    pub fn add(&mut self, status: IndexedStatus) {
        match status {
            IndexedStatus::Pending { due_at, retried } => {
                *self.by_due.entry(due_at).or_default().count(retried) += 1;
                *self.waiting.count(retried) += 1;
                if due_at <= self.as_of {
                    *self.due.count(retried) += 1;
                }
            }
            IndexedStatus::Waiting => self.waiting_for_jobs += 1,
            IndexedStatus::Running { .. } => self.running += 1,
            IndexedStatus::Final { state, .. } => *self.finals.entry(state).or_default() += 1,
        }
    }

    /// Takes a job out that was counted before.
    pub fn take(&mut self, status: IndexedStatus) {
        match status {
            IndexedStatus::Pending { due_at, retried } => self.take_waiting(due_at, retried),
            IndexedStatus::Waiting => self.waiting_for_jobs -= 1,
            IndexedStatus::Running { .. } => self.running -= 1,
            IndexedStatus::Final { state, .. } => *self.finals.entry(state).or_default() -= 1,
        }
    }

    fn take_waiting(&mut self, due_at: Timestamp, retried: bool) {
        let tally = self.by_due.entry(due_at).or_default();
        *tally.count(retried) -= 1;
        if tally.total() == 0 {
            self.by_due.remove(&due_at);
        }
        *self.waiting.count(retried) -= 1;
        if due_at <= self.as_of {
            *self.due.count(retried) -= 1;
        }
    }

    /// Whether it has no job in any state.
    pub fn is_empty(&self) -> bool {
        self.waiting.total() + self.waiting_for_jobs + self.running + self.finals.values().sum::<u64>() == 0
    }

    /// Its numbers now. Of settings it knows nothing.
    pub fn stats(&mut self, name: &QueueName, now: Timestamp) -> QueueStats {
        self.move_mark(now);
        let live = [
            (StateName::Scheduled, self.waiting.first - self.due.first + self.waiting_for_jobs),
            (StateName::Available, self.due.total()),
            (StateName::Retryable, self.waiting.retried - self.due.retried),
            (StateName::Running, self.running),
        ];
        let oldest_due = self.by_due.first_key_value().map(|(due_at, _)| *due_at);
        let mut stats = QueueStats::empty(name.clone());
        stats.live.extend(live);
        stats.finals.extend(&self.finals);
        QueueStats { oldest_due: oldest_due.filter(|due_at| *due_at <= now), ..stats }
    }

    fn move_mark(&mut self, now: Timestamp) {
        let (from, to) = (self.as_of.min(now), self.as_of.max(now));
        for (_, tally) in self.by_due.range((Excluded(from), Included(to))) {
            if now >= self.as_of {
                self.due.add(*tally);
            } else {
                self.due.subtract(*tally);
            }
        }
        self.as_of = now;
    }
}
