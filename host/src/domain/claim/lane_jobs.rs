//! Waiting jobs by fairness lane.

use std::collections::{BTreeMap, BTreeSet};

use super::queued_job::{LaneKey, Position};

/// Waiting jobs by fairness lane, of one queue and task.
#[derive(Default)]
pub struct LaneJobs(BTreeMap<LaneKey, BTreeSet<Position>>);

/// The effect of a change of a lane's jobs on its first one.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct HeadChange {
    /// This was the first one.
    pub gone: Option<Position>,
    /// This is it now.
    pub come: Option<Position>,
}

impl LaneJobs {
    /// Adds a job.
    pub fn insert(&mut self, lane: LaneKey, position: Position) -> HeadChange {
        self.change(lane, |jobs| jobs.insert(position))
    }

    /// Takes a job out.
    pub fn remove(&mut self, lane: LaneKey, position: Position) -> HeadChange {
        self.change(lane, |jobs| jobs.remove(&position))
    }

    /// Nothing, if the first job stays the same.
    fn change(&mut self, lane: LaneKey, change: impl FnOnce(&mut BTreeSet<Position>) -> bool) -> HeadChange {
        let jobs = self.0.entry(lane).or_default();
        let gone = jobs.first().copied();
        change(jobs);
        let come = jobs.first().copied();
        if jobs.is_empty() {
            self.0.remove(&lane);
        }
        if gone == come { HeadChange::default() } else { HeadChange { gone, come } }
    }

    /// Number of lanes that have a job.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is no job.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The first job of each lane.
    pub fn heads(&self) -> impl Iterator<Item = (LaneKey, Position)> {
        self.0.iter().filter_map(|(lane, jobs)| Some((*lane, *jobs.first()?)))
    }
}
