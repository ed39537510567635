//! A look for the next job.

use super::lanes::LaneScan;
use super::queued_job::{Caller, FairKey};
use crate::domain::{CallerTurns, Timestamp};

/// A look for the next job.
pub struct Scan<'a> {
    /// Whose turn it is.
    pub turns: &'a CallerTurns<Caller, FairKey>,
    /// The time.
    pub now: Timestamp,
    /// Counts what is looked at.
    pub steps: &'a mut u64,
}

impl Scan<'_> {
    /// The look among the jobs of one caller.
    pub fn of(&mut self, caller: Caller) -> LaneScan<'_> {
        LaneScan { turns: self.turns.keys(&caller), now: self.now, steps: self.steps }
    }
}
