//! The concurrency keys of one queue: which of them are open, and whose turn it is within each.
//!
//! The waiting jobs of a key lie with their tasks ([`super::key_jobs`]), which hear when the key opens or closes:
//! those of them that some host runs, whatever waits besides. Of a key without waiting and running jobs nothing is
//! kept.

use std::collections::HashMap;
use std::num::NonZeroU32;

use super::key::Key;
use super::key_fair_queue::{KeyFairQueue, KeySavepoint};
use super::queued_job::{CallerDigest, FairKey, KeyDigest, QueuedJob, Share};
use super::ready::Ready;
use super::symbols::Symbol;
use crate::domain::{FairQueues, JobId, KeyGate};

/// The keys of one queue.
pub struct Keys {
    keys: HashMap<KeyDigest, Key>,
    /// Most jobs of each that run at the same time.
    most: NonZeroU32,
    /// Number of them that have a job that waits for one that runs.
    held: usize,
}

impl Default for Keys {
    fn default() -> Self {
        Self { keys: HashMap::new(), most: NonZeroU32::MIN, held: 0 }
    }
}

impl Keys {
    /// Takes a job in.
    pub fn add(&mut self, key: KeyDigest, id: JobId, job: &QueuedJob, ready: &mut Ready<'_>) {
        self.change(key, |key, most| key.add(id, job, most, ready));
    }

    /// Takes a job out that was taken in before.
    pub fn take(&mut self, key: KeyDigest, id: JobId, job: &QueuedJob, ready: &mut Ready<'_>) {
        self.change(key, |key, most| key.take(id, job, most, ready));
    }

    /// Forgets a key without jobs.
    pub fn tidy(&mut self, key: &KeyDigest) {
        if self.keys.get(key).is_some_and(Key::is_empty) {
            self.keys.remove(key);
        }
    }

    /// Changes the number of jobs of each key that may run.
    pub fn set_most(&mut self, most: NonZeroU32, ready: &mut Ready<'_>) {
        let from = std::mem::replace(&mut self.most, most);
        if from != most {
            self.keys.values().for_each(|key| key.swing(from, most, ready));
            self.held = self.keys.values().filter(|key| key.holds_one(most)).count();
        }
    }

    /// Adds a task that some host runs from now on to a key.
    pub fn offer(&mut self, key: KeyDigest, task: Symbol, ready: &mut Ready<'_>) {
        if let Some(known) = self.keys.get_mut(&key) {
            known.offer(task, self.most, ready);
        }
    }

    /// The fair queues within a key.
    pub fn fair_queues(&self, key: &KeyDigest) -> &FairQueues<CallerDigest, FairKey> {
        match self.keys.get(key) {
            Some(known) => known.fair_queues.fair_queues(),
            None => KeyFairQueue::none(),
        }
    }

    /// One more job of a key waits; the caller takes it in next.
    pub fn wait(&mut self, key: KeyDigest, share: Share) {
        self.keys.entry(key).or_insert_with(|| Key::new(key)).fair_queues.wait(share);
    }

    /// One job less of a key waits.
    pub fn leave(&mut self, key: &KeyDigest, share: Share) {
        if let Some(known) = self.keys.get_mut(key) {
            known.fair_queues.leave(share);
        }
    }

    /// A job of a key starts. It is among those that wait until [`Keys::leave`].
    pub fn start(&mut self, key: &KeyDigest, share: Share, weight: u16) {
        if let Some(known) = self.keys.get_mut(key) {
            known.fair_queues.start(share, weight);
        }
    }

    /// A savepoint of a caller and a fairness key within a key.
    pub fn savepoint(&self, key: &KeyDigest, share: Share) -> KeySavepoint {
        self.keys.get(key).map_or(KeySavepoint::None, |key| key.fair_queues.savepoint(share))
    }

    /// Goes back to what was remembered.
    pub fn restore(&mut self, key: &KeyDigest, share: Share, savepoint: KeySavepoint, ready: &mut Ready<'_>) {
        if let Some(known) = self.keys.get_mut(key) {
            known.fair_queues.restore(share, savepoint);
            known.refresh(self.most, ready);
        }
    }

    /// The tasks that hear of a key.
    pub fn tasks(&self, key: &KeyDigest) -> impl Iterator<Item = Symbol> {
        self.keys.get(key).into_iter().flat_map(Key::tasks)
    }

    /// The gate before the jobs of a key.
    pub fn gate(&self, key: &KeyDigest) -> Option<KeyGate> {
        self.keys.get(key).map(|key| key.gate(self.most))
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

    fn change(&mut self, key: KeyDigest, change: impl FnOnce(&mut Key, NonZeroU32)) {
        let known = self.keys.entry(key).or_insert_with(|| Key::new(key));
        self.held -= usize::from(known.holds_one(self.most));
        change(known, self.most);
        self.held += usize::from(known.holds_one(self.most));
    }
}
