//! Final jobs in the order in which they became final, so that the oldest are found without looking at
//! the others.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{JobId, Keep, Retention, StateName, Timestamp};
use crate::ports::FinalCount;

/// Final jobs by state and age.
#[derive(Default)]
pub struct Finals(BTreeMap<StateName, BTreeSet<(Timestamp, JobId)>>);

impl Finals {
    /// Adds a job.
    pub fn insert(&mut self, state: StateName, at: Timestamp, id: JobId) {
        self.0.entry(state).or_default().insert((at, id));
    }

    /// Takes a job out.
    pub fn remove(&mut self, state: StateName, at: Timestamp, id: JobId) {
        if let Some(jobs) = self.0.get_mut(&state) {
            jobs.remove(&(at, id));
        }
    }

    /// The first `limit` jobs that are to go.
    pub fn to_go(&self, retention: &Retention, now: Timestamp, limit: usize) -> Vec<JobId> {
        let by_state = retention.by_state();
        by_state.iter().flat_map(|(state, keep)| self.of_state(*state, *keep, now)).take(limit).collect()
    }

    /// How many jobs there are, and how many are to go.
    pub fn count(&self, retention: &Retention, now: Timestamp) -> BTreeMap<StateName, FinalCount> {
        let count = |(state, keep)| {
            let jobs = self.0.get(&state).map_or(0, BTreeSet::len) as u64;
            (state, FinalCount { jobs, to_go: self.of_state(state, keep, now).count() as u64 })
        };
        retention.by_state().into_iter().map(count).collect()
    }

    fn of_state(&self, state: StateName, keep: Keep, now: Timestamp) -> impl Iterator<Item = JobId> {
        let jobs = self.0.get(&state);
        let count = jobs.map_or(0, BTreeSet::len) as u64;
        let goes = move |(place, (at, _)): &(u64, &(Timestamp, JobId))| keep.lets_go(*place, count, *at, now);
        (0..).zip(jobs.into_iter().flatten()).take_while(goes).map(|(_, (_, id))| *id)
    }
}
