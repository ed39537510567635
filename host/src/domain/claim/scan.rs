//! A look for the next job.

use super::queued_job::{CallerDigest, FairKey, KeyDigest};
use super::symbols::Symbol;
use crate::domain::{FairQueue, FairQueues, Timestamp};

/// The fair queues of concurrency keys.
pub trait KeyFairQueues {
    /// The fair queues of a concurrency key of this queue.
    fn of_key(&self, queue: Symbol, key: &KeyDigest) -> &FairQueues<CallerDigest, FairKey>;
}

/// A look for the next job.
pub struct Scan<'a> {
    /// The fair queues.
    pub fair_queues: &'a FairQueues<CallerDigest, FairKey>,
    /// Those of the concurrency keys of all queues.
    pub of_keys: &'a dyn KeyFairQueues,
    /// The time.
    pub now: Timestamp,
    /// Counts what is looked at.
    pub steps: &'a mut u64,
}

/// A look for the next job of one caller.
pub struct LaneScan<'a> {
    /// The fair queues.
    pub fair_queues: &'a FairQueue<FairKey>,
    /// The time.
    pub now: Timestamp,
    /// Counts what is looked at.
    pub steps: &'a mut u64,
}

impl Scan<'_> {
    /// The look among the jobs of one caller.
    pub fn of(&mut self, caller: CallerDigest) -> LaneScan<'_> {
        LaneScan { fair_queues: self.fair_queues.keys(&caller), now: self.now, steps: self.steps }
    }

    /// The look among the jobs of one concurrency key.
    pub fn of_key(&mut self, queue: Symbol, key: &KeyDigest) -> Scan<'_> {
        let fair_queues = self.of_keys.of_key(queue, key);
        Scan { fair_queues, of_keys: self.of_keys, now: self.now, steps: self.steps }
    }
}
