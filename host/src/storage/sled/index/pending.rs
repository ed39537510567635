//! The jobs that wait in one queue, in the order in which they are claimed.
//!
//! One ordered set for each priority, by due time and id. The due jobs of a priority are then the
//! beginning of its set, whatever the clock says: a claim looks at each priority once and at no
//! job that it does not take, and nothing moves when a job falls due or the clock steps back.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{JobId, Timestamp};

/// A waiting job's place among all: the lowest runs first.
pub type Place = (Reverse<i8>, Timestamp, JobId);

/// Jobs that wait.
#[derive(Default)]
pub struct Pending(BTreeMap<Reverse<i8>, BTreeSet<(Timestamp, JobId)>>);

impl Pending {
    /// Adds a job.
    pub fn insert(&mut self, priority: i8, due_at: Timestamp, id: JobId) {
        self.0.entry(Reverse(priority)).or_default().insert((due_at, id));
    }

    /// Takes a job out.
    pub fn remove(&mut self, priority: i8, due_at: Timestamp, id: JobId) {
        if let Some(jobs) = self.0.get_mut(&Reverse(priority)) {
            jobs.remove(&(due_at, id));
            if jobs.is_empty() {
                self.0.remove(&Reverse(priority));
            }
        }
    }

    /// Whether nobody waits.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The due jobs: higher priority first, then earlier due, then earlier submitted.
    pub fn due(&self, now: Timestamp) -> impl Iterator<Item = Place> {
        let due = move |(due_at, _): &&(Timestamp, JobId)| *due_at <= now;
        self.0.iter().flat_map(move |(priority, jobs)| {
            jobs.iter().take_while(due).map(|(due_at, id)| (*priority, *due_at, *id))
        })
    }

    /// When the first job falls due, or did, that is not among the first `taken` due ones.
    pub fn next_due(&self, now: Timestamp, taken: usize) -> Option<Timestamp> {
        let mut left = taken;
        let first_left = |jobs: &BTreeSet<(Timestamp, JobId)>| {
            let mut times = jobs.iter().map(|(due_at, _)| *due_at).peekable();
            while left > 0 && times.next_if(|due_at| *due_at <= now).is_some() {
                left -= 1;
            }
            times.next()
        };
        self.0.values().filter_map(first_left).min()
    }
}
