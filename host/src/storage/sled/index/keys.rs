//! The concurrency keys of one queue: which of their waiting jobs may start.
//!
//! Of each key, a strand holds the first job only, and none while the key is full; those behind it wait
//! here. So a key with a million jobs costs a claim no more than one with two, and a start or an end moves
//! the first jobs of its own key only. Of a key without waiting and running jobs nothing is kept.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::num::NonZeroU32;

use super::class::Classes;
use super::lane::{KeyDigest, Spot, StrandName};
use super::standing::{Entry, Standing};
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
    loose: BTreeMap<StrandName, BTreeSet<Spot>>,
    /// Those in strict order, as they were submitted.
    strict: BTreeMap<JobId, Strict>,
    /// How many of these wait for their time or a place.
    strict_waiting: usize,
}

/// A job in strict order.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Strict {
    Pending(StrandName, Timestamp),
    /// Waits for other jobs.
    Waiting,
    Running,
}

impl Keys {
    /// Takes a job in.
    pub fn add(&mut self, key: KeyDigest, id: JobId, entry: &Entry, most: NonZeroU32, open: &mut Classes) {
        self.change(key, most, |key| key.add(id, entry, most, open));
    }

    /// Takes a job out that was taken in before.
    pub fn take(&mut self, key: KeyDigest, id: JobId, entry: &Entry, most: NonZeroU32, open: &mut Classes) {
        self.change(key, most, |key| key.take(id, entry, most, open));
    }

    /// Lets another number of jobs of each key run.
    pub fn set_most(&mut self, from: NonZeroU32, to: NonZeroU32, open: &mut Classes) {
        for key in self.keys.values_mut() {
            let (was_open, is_open) = (key.gate(from).has_room(), key.gate(to).has_room());
            key.swing(was_open, is_open, open);
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

    fn add(&mut self, id: JobId, entry: &Entry, most: NonZeroU32, open: &mut Classes) {
        let is_open = self.gate(most).has_room();
        match entry.standing {
            Standing::Pending { due_at, .. } if entry.strict_order() => {
                self.strict_waiting += 1;
                let pending = Strict::Pending(entry.strand(), due_at);
                self.change_strict(is_open, open, |strict| strict.insert(id, pending));
            }
            Standing::Pending { due_at, .. } => {
                self.change_loose(entry.strand(), is_open, open, |jobs| jobs.insert((due_at, id)));
            }
            Standing::Waiting if entry.strict_order() => {
                self.change_strict(is_open, open, |strict| strict.insert(id, Strict::Waiting));
            }
            Standing::Running { .. } => {
                if entry.strict_order() {
                    self.change_strict(is_open, open, |strict| strict.insert(id, Strict::Running));
                }
                self.running += 1;
                self.swing(is_open, self.gate(most).has_room(), open);
            }
            Standing::Waiting | Standing::Final { .. } => {}
        }
    }

    fn take(&mut self, id: JobId, entry: &Entry, most: NonZeroU32, open: &mut Classes) {
        let is_open = self.gate(most).has_room();
        match entry.standing {
            Standing::Pending { due_at, .. } if !entry.strict_order() => {
                self.change_loose(entry.strand(), is_open, open, |jobs| jobs.remove(&(due_at, id)));
            }
            Standing::Final { .. } => {}
            standing => {
                if entry.strict_order() {
                    self.strict_waiting -= usize::from(standing.is_pending());
                    self.change_strict(is_open, open, |strict| strict.remove(&id));
                }
                self.running -= usize::from(standing.is_running());
                self.swing(is_open, self.gate(most).has_room(), open);
            }
        }
    }

    fn change_loose<R>(
        &mut self,
        name: StrandName,
        is_open: bool,
        open: &mut Classes,
        change: impl FnOnce(&mut BTreeSet<Spot>) -> R,
    ) {
        let jobs = self.loose.entry(name).or_default();
        let before = jobs.first().copied();
        change(jobs);
        let after = jobs.first().copied();
        if jobs.is_empty() {
            self.loose.remove(&name);
        }
        if is_open && before != after {
            before.into_iter().for_each(|job| open.remove(name, job));
            after.into_iter().for_each(|job| open.insert(name, job));
        }
    }

    fn change_strict<R>(
        &mut self,
        is_open: bool,
        open: &mut Classes,
        change: impl FnOnce(&mut BTreeMap<JobId, Strict>) -> R,
    ) {
        let before = self.first_strict();
        change(&mut self.strict);
        let after = self.first_strict();
        if is_open && before != after {
            before.into_iter().for_each(|(name, job)| open.remove(name, job));
            after.into_iter().for_each(|(name, job)| open.insert(name, job));
        }
    }

    /// Opens or closes the key.
    fn swing(&self, was_open: bool, is_open: bool, open: &mut Classes) {
        match (was_open, is_open) {
            (true, false) => self.firsts().for_each(|(name, job)| open.remove(name, job)),
            (false, true) => self.firsts().for_each(|(name, job)| open.insert(name, job)),
            _ => {}
        }
    }

    /// The jobs that may start while the key is open.
    fn firsts(&self) -> impl Iterator<Item = (StrandName, Spot)> {
        let loose = self.loose.iter().filter_map(|(name, jobs)| Some((*name, *jobs.first()?)));
        loose.chain(self.first_strict())
    }

    fn first_strict(&self) -> Option<(StrandName, Spot)> {
        match self.strict.first_key_value()? {
            (id, Strict::Pending(name, due_at)) => Some((*name, (*due_at, *id))),
            _ => None,
        }
    }
}
