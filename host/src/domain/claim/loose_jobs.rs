//! Waiting jobs of one concurrency key that may start in any order, and which of them are ready.
//!
//! A key opens and closes with each start and end of its jobs, and moves all that are ready. So of a task, a
//! priority and a caller, few are: the first jobs of the fairness keys that wait longest
//! ([`KEY_LANES_MAX`]), which take turns. The others come up as those go.

use std::collections::{BTreeMap, BTreeSet};

use super::queued_job::{Caller, FairKey, Lane, Position, Share};
use super::symbols::Symbol;
use crate::domain::KEY_LANES_MAX;

/// Waiting jobs of one concurrency key.
#[derive(Default)]
pub struct LooseJobs(BTreeMap<GroupName, Group>);

/// A task, a priority and a caller.
type GroupName = (Symbol, i8, Caller);

/// The jobs of one task, priority and caller.
#[derive(Default)]
struct Group {
    lanes: BTreeMap<FairKey, BTreeSet<Position>>,
    /// The first job of each lane.
    firsts: BTreeSet<(Position, FairKey)>,
}

/// What became ready by a change, and what is so no longer.
#[derive(Default)]
pub struct Moved {
    /// These are ready no longer.
    pub gone: Vec<(Lane, Position)>,
    /// These are ready now.
    pub come: Vec<(Lane, Position)>,
}

impl LooseJobs {
    /// Whether there is no job.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The jobs that are ready.
    pub fn ready(&self) -> impl Iterator<Item = (Lane, Position)> {
        self.0.iter().flat_map(|(name, group)| group.ready(*name))
    }

    /// Changes the jobs of a lane.
    pub fn change(&mut self, lane: Lane, change: impl FnOnce(&mut BTreeSet<Position>)) -> Moved {
        let name = (lane.task, lane.priority, lane.share.caller);
        let group = self.0.entry(name).or_default();
        let before = group.ready(name);
        group.change(lane.share.key, change);
        let after = group.ready(name);
        if group.lanes.is_empty() {
            self.0.remove(&name);
        }
        let missing_in = |others: &[(Lane, Position)], of: &[(Lane, Position)]| {
            of.iter().filter(|job| !others.contains(job)).copied().collect()
        };
        Moved { gone: missing_in(&after, &before), come: missing_in(&before, &after) }
    }
}

impl Group {
    fn ready(&self, (task, priority, caller): GroupName) -> Vec<(Lane, Position)> {
        let lane = |key| Lane { task, priority, share: Share { caller, key } };
        let ready = self.firsts.iter().take(KEY_LANES_MAX);
        ready.map(|(position, key)| (lane(*key), *position)).collect()
    }

    fn change(&mut self, key: FairKey, change: impl FnOnce(&mut BTreeSet<Position>)) {
        let jobs = self.lanes.entry(key).or_default();
        let before = jobs.first().copied();
        change(jobs);
        let after = jobs.first().copied();
        if jobs.is_empty() {
            self.lanes.remove(&key);
        }
        if before != after {
            if let Some(position) = before {
                self.firsts.remove(&(position, key));
            }
            self.firsts.extend(after.map(|position| (position, key)));
        }
    }
}
