//! The concurrency keys of one queue: which of their waiting jobs may start.
//!
//! Of each key few jobs are ready, and none while the key is full; those behind them wait here. So a key with a
//! million jobs costs a claim no more than one with two, and a start or an end moves those few only. Of a key
//! without waiting and running jobs nothing is kept.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::num::NonZeroU32;

use super::loose_jobs::{LooseJobs, Moved};
use super::queue_jobs::Ready;
use super::queued_job::{KeyDigest, Lane, Position, QueuedJob, QueuedStatus};
use crate::domain::{FirstInOrder, JobId, KeyGate, Timestamp};

/// The keys of one queue.
#[derive(Default)]
pub struct Keys {
    keys: HashMap<KeyDigest, Key>,
    /// How many of them have a job that waits for one that runs.
    held: usize,
}

/// The jobs of one key that are not final.
#[derive(Default)]
struct Key {
    running: usize,
    /// Those that wait and may start in any order.
    loose: LooseJobs,
    /// Those in strict order, as they were submitted.
    strict: BTreeMap<JobId, Strict>,
    /// How many of these wait for their time or a place.
    strict_waiting: usize,
}

/// A job in strict order.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Strict {
    Pending(Lane, Timestamp),
    /// Waits for other jobs.
    Waiting,
    Running,
}

impl Keys {
    /// Takes a job in.
    pub fn add(
        &mut self,
        key: KeyDigest,
        id: JobId,
        job: &QueuedJob,
        most: NonZeroU32,
        ready: &mut Ready<'_>,
    ) {
        self.change(key, most, |key| key.add(id, job, most, ready));
    }

    /// Takes a job out that was taken in before.
    pub fn take(
        &mut self,
        key: KeyDigest,
        id: JobId,
        job: &QueuedJob,
        most: NonZeroU32,
        ready: &mut Ready<'_>,
    ) {
        self.change(key, most, |key| key.take(id, job, most, ready));
    }

    /// Lets another number of jobs of each key run.
    pub fn set_most(&mut self, from: NonZeroU32, to: NonZeroU32, ready: &mut Ready<'_>) {
        for key in self.keys.values_mut() {
            let (was_open, is_open) = (key.gate(from).has_room(), key.gate(to).has_room());
            key.swing(was_open, is_open, ready);
        }
        self.held = self.keys.values().filter(|key| key.holds_one(to)).count();
    }

    /// Whether a job waits for a running one of its key.
    pub fn hold_one(&self) -> bool {
        self.held > 0
    }

    /// Of how many something is kept.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    fn change(&mut self, digest: KeyDigest, most: NonZeroU32, change: impl FnOnce(&mut Key)) {
        let key = self.keys.entry(digest).or_default();
        self.held -= usize::from(key.holds_one(most));
        change(key);
        self.held += usize::from(key.holds_one(most));
        if key.running == 0 && key.loose.is_empty() && key.strict.is_empty() {
            self.keys.remove(&digest);
        }
    }
}

impl Key {
    fn gate(&self, most: NonZeroU32) -> KeyGate {
        let first = self.strict.first_key_value();
        let first = first.map(|(id, strict)| FirstInOrder { id: *id, runs: *strict == Strict::Running });
        KeyGate { most, running: self.running, first }
    }

    fn holds_one(&self, most: NonZeroU32) -> bool {
        let gate = self.gate(most);
        let full = !gate.has_room() && (self.strict_waiting > 0 || !self.loose.is_empty());
        full || self.strict_waiting > 0 && gate.first.is_some_and(|first| first.runs)
    }

    fn add(&mut self, id: JobId, job: &QueuedJob, most: NonZeroU32, ready: &mut Ready<'_>) {
        let is_open = self.gate(most).has_room();
        match job.status {
            QueuedStatus::Pending { due_at } if job.strict_order => {
                self.strict_waiting += 1;
                let pending = Strict::Pending(job.lane(), due_at);
                self.change_strict(is_open, ready, |strict| strict.insert(id, pending));
            }
            QueuedStatus::Pending { due_at } => {
                self.change_loose(job.lane(), is_open, ready, |jobs| {
                    jobs.insert((due_at, id));
                });
            }
            QueuedStatus::Waiting if job.strict_order => {
                self.change_strict(is_open, ready, |strict| strict.insert(id, Strict::Waiting));
            }
            QueuedStatus::Running => {
                if job.strict_order {
                    self.change_strict(is_open, ready, |strict| strict.insert(id, Strict::Running));
                }
                self.running += 1;
                self.swing(is_open, self.gate(most).has_room(), ready);
            }
            QueuedStatus::Waiting => {}
        }
    }

    fn take(&mut self, id: JobId, job: &QueuedJob, most: NonZeroU32, ready: &mut Ready<'_>) {
        let is_open = self.gate(most).has_room();
        match job.status {
            QueuedStatus::Pending { due_at } if !job.strict_order => {
                self.change_loose(job.lane(), is_open, ready, |jobs| {
                    jobs.remove(&(due_at, id));
                });
            }
            _ => {
                if job.strict_order {
                    self.strict_waiting -= usize::from(job.is_pending());
                    self.change_strict(is_open, ready, |strict| strict.remove(&id));
                }
                self.running -= usize::from(job.runs());
                self.swing(is_open, self.gate(most).has_room(), ready);
            }
        }
    }

    fn change_loose(
        &mut self,
        lane: Lane,
        is_open: bool,
        ready: &mut Ready<'_>,
        change: impl FnOnce(&mut BTreeSet<Position>),
    ) {
        let Moved { gone, come } = self.loose.change(lane, change);
        if is_open {
            gone.into_iter().for_each(|(lane, job)| ready.remove(lane, job));
            come.into_iter().for_each(|(lane, job)| ready.insert(lane, job));
        }
    }

    fn change_strict<R>(
        &mut self,
        is_open: bool,
        ready: &mut Ready<'_>,
        change: impl FnOnce(&mut BTreeMap<JobId, Strict>) -> R,
    ) {
        let before = self.first_strict();
        change(&mut self.strict);
        let after = self.first_strict();
        if is_open && before != after {
            before.into_iter().for_each(|(lane, job)| ready.remove(lane, job));
            after.into_iter().for_each(|(lane, job)| ready.insert(lane, job));
        }
    }

    /// Opens or closes the key.
    fn swing(&self, was_open: bool, is_open: bool, ready: &mut Ready<'_>) {
        match (was_open, is_open) {
            (true, false) => self.firsts().for_each(|(lane, job)| ready.remove(lane, job)),
            (false, true) => self.firsts().for_each(|(lane, job)| ready.insert(lane, job)),
            _ => {}
        }
    }

    /// The jobs that may start while the key is open.
    fn firsts(&self) -> impl Iterator<Item = (Lane, Position)> {
        self.loose.ready().chain(self.first_strict())
    }

    fn first_strict(&self) -> Option<(Lane, Position)> {
        match self.strict.first_key_value()? {
            (id, Strict::Pending(lane, due_at)) => Some((*lane, (*due_at, *id))),
            _ => None,
        }
    }
}
