//! Whose turn it is, in the model.

use std::collections::BTreeMap;

use taskbox::domain::claim::Caller;
use taskbox::domain::{CallerTurns, Job, Lane};

use super::Everything;

/// A fairness key; the jobs that name none share one.
pub(super) type FairKey = Option<String>;

/// By whose turns a job starts.
type Share = (Caller, FairKey);

/// The turns of all callers and their fairness keys, and how many jobs of each were waiting.
#[derive(Clone, Default)]
pub(super) struct AllTurns {
    pub(super) turns: CallerTurns<Caller, FairKey>,
    waiting: BTreeMap<Share, usize>,
}

/// By whose turns a job starts.
pub(super) fn share(job: &Job) -> Share {
    (job.spec.submitter.digest(), job.spec.options.lane.fairness_key.clone())
}

/// The weight of a job's fairness key; those that name none share one of weight 1.
pub(super) fn weight(lane: &Lane) -> u16 {
    if lane.fairness_key.is_some() { lane.fairness_weight } else { 1 }
}

impl Everything {
    /// Lets the turns know who began and who ended to wait. Called after each change of one job.
    pub(super) fn follow_turns(&mut self) {
        let mut waiting: BTreeMap<Share, usize> = BTreeMap::new();
        for row in self.jobs.values().filter(|row| row.job.state.due_at().is_some()) {
            *waiting.entry(share(&row.job)).or_default() += 1;
        }
        let AllTurns { turns, waiting: before } = &mut self.turns;
        for (share @ (caller, key), count) in &waiting {
            (before.get(share).copied().unwrap_or(0)..*count).for_each(|_| turns.wait(caller, key));
        }
        for (share @ (caller, key), count) in before.iter() {
            (waiting.get(share).copied().unwrap_or(0)..*count).for_each(|_| turns.leave(caller, key));
        }
        *before = waiting;
    }
}
