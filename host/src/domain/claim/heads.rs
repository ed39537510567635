//! First jobs by priority, caller and fairness key, so that the one that is next is found without looking at the
//! jobs behind them.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::level::{Level, LevelRank};
use super::queued_job::{Head, LaneKey, Share};
use super::scan::Scan;
use crate::domain::Timestamp;

/// A waiting job's rank among all: the lowest starts first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Rank {
    /// Its priority: the highest first.
    pub priority: Reverse<i8>,
    /// Its rank among those of its priority.
    pub level: LevelRank,
}

/// The result of a look at waiting jobs.
#[derive(Clone, Copy, Default)]
pub struct Look {
    /// The rank of the due job that is next.
    pub first: Option<Rank>,
    /// When one falls due that may come before it.
    pub until: Option<Timestamp>,
}

/// First jobs, of one task or of one concurrency key of it.
#[derive(Default)]
pub struct Heads {
    levels: BTreeMap<Reverse<i8>, Level>,
    /// The priorities of which a job may be due.
    awake: BTreeSet<Reverse<i8>>,
    /// Those of which none is, by when one will be: a look passes over them.
    asleep: BTreeSet<(Timestamp, Reverse<i8>)>,
}

impl Rank {
    /// The job.
    pub fn head(&self) -> Head {
        self.level.lane.head
    }

    /// Its lane.
    pub fn lane(&self) -> LaneKey {
        let share = Share { caller: self.level.caller, key: self.level.lane.key };
        LaneKey { priority: self.priority, share }
    }
}

impl Look {
    /// A look at others as well.
    pub fn and(self, other: Look) -> Self {
        Self {
            first: self.first.into_iter().chain(other.first).min(),
            until: self.until.into_iter().chain(other.until).min(),
        }
    }

    /// When the next job falls due: now, if there is one that is due.
    pub fn next_due(&self, now: Timestamp) -> Option<Timestamp> {
        self.first.map(|_| now).or(self.until)
    }
}

impl Heads {
    /// Adds a head.
    pub fn insert(&mut self, lane: LaneKey, head: Head) {
        self.levels.entry(lane.priority).or_default().insert(lane.share, head);
        self.wake(lane.priority);
    }

    /// Takes a head out.
    pub fn remove(&mut self, lane: LaneKey, head: Head) {
        let Some(level) = self.levels.get_mut(&lane.priority) else { return };
        level.remove(lane.share, head);
        let is_empty = level.is_empty();
        self.wake(lane.priority);
        if is_empty {
            self.levels.remove(&lane.priority);
            self.awake.remove(&lane.priority);
        }
    }

    /// Finds the due job that is next.
    pub fn look(&mut self, scan: &mut Scan<'_>) -> Look {
        while let Some((time, priority)) = self.asleep.first().copied()
            && time <= scan.now
        {
            self.wake(priority);
        }
        let mut look = Look::default();
        while let Some(priority) = self.awake.first().copied()
            && let Some(level) = self.levels.get_mut(&priority)
        {
            let first = level.first(scan);
            let until = level.next_due(first.map(|rank| rank.caller), scan.now);
            if let Some(level) = first {
                look = Look { first: Some(Rank { priority, level }), until };
                break;
            }
            self.put_to_sleep(priority, until);
        }
        look.and(Look { first: None, until: self.asleep.first().map(|(time, _)| *time) })
    }

    fn wake(&mut self, priority: Reverse<i8>) {
        if let Some(time) = self.levels.get_mut(&priority).and_then(|level| level.asleep_until.take()) {
            self.asleep.remove(&(time, priority));
        }
        self.awake.insert(priority);
    }

    fn put_to_sleep(&mut self, priority: Reverse<i8>, until: Option<Timestamp>) {
        self.awake.remove(&priority);
        self.asleep.extend(until.map(|time| (time, priority)));
        if let Some(level) = self.levels.get_mut(&priority) {
            level.asleep_until = until;
        }
    }

    /// Makes the next look order these lanes anew, after their virtual times were restored.
    pub fn lay_anew(&mut self, share: Share, steps: &mut u64) {
        for level in self.levels.values_mut() {
            *steps += u64::from(level.lay_anew(share));
        }
    }
}
