//! Jobs that wait, in the order in which they are claimed.
//!
//! One ordered set for each priority, by due time and id. The due jobs of a priority are then the
//! beginning of its set, whatever the clock says: a claim looks at each priority once and at no
//! job that it does not take, and nothing moves when a job falls due or the clock steps back.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{JobId, Timestamp};

/// Due jobs.
#[derive(Default, PartialEq, Eq, Debug)]
pub struct Due {
    /// Who should run, in this order.
    pub ids: Vec<JobId>,
    /// When the first of the others falls due, or did.
    pub next: Option<Timestamp>,
}

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

    /// The first `limit` due jobs: higher priority first, then earlier due, then earlier submitted.
    pub fn due(&self, now: Timestamp, limit: usize) -> Due {
        let mut due = Due::default();
        for jobs in self.0.values() {
            let mut jobs = jobs.iter().copied().peekable();
            while due.ids.len() < limit
                && let Some((_, id)) = jobs.next_if(|(due_at, _)| *due_at <= now)
            {
                due.ids.push(id);
            }
            let next = jobs.peek().map(|(due_at, _)| *due_at);
            due.next = due.next.into_iter().chain(next).min();
        }
        due
    }
}
