//! A look for the next job.

use super::queue_jobs::QueueJobs;
use super::queued_job::{CallerDigest, FairKey, KeyDigest};
use super::symbols::Symbol;
use crate::domain::{CallerTurns, Timestamp, Turns};

/// A look for the next job.
pub struct Scan<'a> {
    /// Whose turn it is.
    pub turns: &'a CallerTurns<CallerDigest, FairKey>,
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
    pub turns: &'a Turns<FairKey>,
    /// The time.
    pub now: Timestamp,
    /// Counts what is looked at.
    pub steps: &'a mut u64,
}

impl Scan<'_> {
    /// The look among the jobs of one caller.
    pub fn of(&mut self, caller: CallerDigest) -> LaneScan<'_> {
        LaneScan { turns: self.turns.keys(&caller), now: self.now, steps: self.steps }
    }

    /// The look among the jobs of one concurrency key.
    pub fn of_key(&mut self, queue: Symbol, key: &KeyDigest) -> Scan<'_> {
        let turns = self.queues[queue.index()].keys.turns(key);
        Scan { turns, queues: self.queues, now: self.now, steps: self.steps }
    }
}
