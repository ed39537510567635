//! Final jobs in the order in which they became final, so that the oldest are found without looking at
//! the others. Those that must stay, because jobs that are not final need them, are only counted.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{JobId, Keep, Retention, StateName, Timestamp};
use crate::ports::FinalCount;

/// Final jobs by state and age.
#[derive(Default)]
pub struct Finals {
    jobs: BTreeMap<StateName, BTreeSet<(Timestamp, JobId)>>,
    needed: BTreeMap<StateName, u64>,
}

impl Finals {
    /// Adds a job.
    pub fn insert(&mut self, state: StateName, at: Timestamp, id: JobId) {
        self.jobs.entry(state).or_default().insert((at, id));
    }

    /// Takes a job out.
    pub fn remove(&mut self, state: StateName, at: Timestamp, id: JobId) {
        if let Some(jobs) = self.jobs.get_mut(&state) {
            jobs.remove(&(at, id));
        }
    }

    /// Counts a job that must stay.
    pub fn add_needed(&mut self, state: StateName) {
        *self.needed.entry(state).or_default() += 1;
    }

    /// Counts a job no longer that had to stay.
    pub fn take_needed(&mut self, state: StateName) {
        *self.needed.entry(state).or_default() -= 1;
    }

    /// The first `limit` jobs that are to go.
    pub fn to_go(&self, retention: &Retention, now: Timestamp, limit: usize) -> Vec<JobId> {
        let by_state = retention.by_state();
        by_state.iter().flat_map(|(state, keep)| self.of_state(*state, *keep, now)).take(limit).collect()
    }

    /// How many jobs there are, and how many are to go.
    pub fn count(&self, retention: &Retention, now: Timestamp) -> BTreeMap<StateName, FinalCount> {
        let count = |(state, keep)| {
            let free = self.jobs.get(&state).map_or(0, BTreeSet::len) as u64;
            let jobs = free + self.needed.get(&state).copied().unwrap_or(0);
            (state, FinalCount { jobs, to_go: self.of_state(state, keep, now).count() as u64 })
        };
        retention.by_state().into_iter().map(count).collect()
    }

    fn of_state(&self, state: StateName, keep: Keep, now: Timestamp) -> impl Iterator<Item = JobId> {
        let jobs = self.jobs.get(&state);
        let count = jobs.map_or(0, BTreeSet::len) as u64;
        let goes = move |(place, (at, _)): &(u64, &(Timestamp, JobId))| keep.lets_go(*place, count, *at, now);
        (0..).zip(jobs.into_iter().flatten()).take_while(goes).map(|(_, (_, id))| *id)
    }
}
