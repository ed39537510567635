//! A look for the next job.

use super::queue_jobs::QueueJobs;
use super::queued_job::{CallerDigest, FairKey, KeyDigest};
use super::symbols::Symbol;
use crate::domain::{FairQueue, FairQueues, Timestamp};

/// A look for the next job.
pub struct Scan<'a> {
    /// Whose turn it is.
    pub fair_queues: &'a FairQueues<CallerDigest, FairKey>,
    /// All queues, with the turns of their concurrency keys.
    pub queues: &'a [QueueJobs],
    /// The time.
    pub now: Timestamp,
    /// Counts what is looked at.
    pub steps: &'a mut u64,
}

/// A look for the next job of one caller.
pub struct LaneScan<'a> {
    /// Whose turn it is.
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
        let fair_queues = self.queues[queue.index()].keys.fair_queues(key);
        Scan { fair_queues, queues: self.queues, now: self.now, steps: self.steps }
    }
}
