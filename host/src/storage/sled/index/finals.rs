//! Final jobs in the order in which they became final, so that the oldest are found without looking at
//! the others. Those that must stay, because jobs that are not final need them, are only counted.

use std::collections::BTreeMap;

use super::chunked_map::ChunkedMap;

use crate::domain::{Cutoff, JobId, StateName, Timestamp};
use crate::ports::FinalCount;

/// Final jobs by state and age.
#[derive(Default)]
pub struct Finals {
    jobs: BTreeMap<StateName, ChunkedMap<(Timestamp, JobId), ()>>,
    needed: BTreeMap<StateName, u64>,
}

impl Finals {
    /// Adds a job.
    pub fn insert(&mut self, state: StateName, at: Timestamp, id: JobId) {
        self.jobs.entry(state).or_default().insert((at, id), ());
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

    /// Bytes that it takes.
    pub fn bytes(&self) -> usize {
        self.jobs.values().map(ChunkedMap::bytes).sum()
    }

    /// The first `limit` jobs that are beyond the cutoffs.
    pub fn beyond(&self, cutoffs: &[Cutoff], limit: usize) -> Vec<JobId> {
        cutoffs.iter().flat_map(|cutoff| self.of_cutoff(*cutoff)).take(limit).collect()
    }

    /// The number of jobs, and of those that are beyond the cutoffs.
    pub fn count(&self, cutoffs: &[Cutoff]) -> BTreeMap<StateName, FinalCount> {
        let count = |cutoff: &Cutoff| {
            let free = self.jobs.get(&cutoff.state).map_or(0, ChunkedMap::len) as u64;
            let jobs = free + self.needed.get(&cutoff.state).copied().unwrap_or(0);
            (cutoff.state, FinalCount { jobs, to_go: self.of_cutoff(*cutoff).count() as u64 })
        };
        cutoffs.iter().map(count).collect()
    }

    fn of_cutoff(&self, cutoff: Cutoff) -> impl Iterator<Item = JobId> {
        let jobs = self.jobs.get(&cutoff.state);
        let count = jobs.map_or(0, ChunkedMap::len) as u64;
        let goes =
            move |(position, (at, _)): &(u64, &(Timestamp, JobId))| cutoff.includes(*position, count, *at);
        let in_order = jobs.into_iter().flat_map(|jobs| jobs.iter().map(|(job, ())| job));
        (0..).zip(in_order).take_while(goes).map(|(_, (_, id))| *id)
    }
}
