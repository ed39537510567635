//! Whose turn it is, in the model.

use std::collections::BTreeMap;

use taskbox::domain::{Lane, Turns};

use super::Everything;

/// A fairness key; the jobs that name none share one.
pub(super) type FairKey = Option<String>;

/// The turns of all fairness keys, and how many jobs of each were waiting.
#[derive(Clone, Default)]
pub(super) struct AllTurns {
    pub(super) turns: Turns<FairKey>,
    waiting: BTreeMap<FairKey, usize>,
}

/// The weight of a job's fairness key; those that name none share one of weight 1.
pub(super) fn weight(lane: &Lane) -> u16 {
    if lane.fairness_key.is_some() { lane.fairness_weight } else { 1 }
}

impl Everything {
    /// Lets the turns know who began and who ended to wait. Called after each change of one job.
    pub(super) fn follow_turns(&mut self) {
        let mut waiting: BTreeMap<FairKey, usize> = BTreeMap::new();
        for row in self.jobs.values().filter(|row| row.job.state.due_at().is_some()) {
            *waiting.entry(row.job.spec.lane.fairness_key.clone()).or_default() += 1;
        }
        let AllTurns { turns, waiting: before } = &mut self.turns;
        for (key, count) in &waiting {
            (before.get(key).copied().unwrap_or(0)..*count).for_each(|_| turns.wait(key.clone()));
        }
        for (key, count) in before.iter() {
            (waiting.get(key).copied().unwrap_or(0)..*count).for_each(|_| turns.leave(key));
        }
        *before = waiting;
    }
}
