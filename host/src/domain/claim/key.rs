//! One concurrency key of one queue.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

use super::key_fair_queue::KeyFairQueue;
use super::queued_job::{KeyDigest, LaneKey, Position, QueuedJob, QueuedStatus};
use super::ready::Ready;
use super::symbols::Symbol;
use crate::domain::{FirstInOrder, JobId, KeyGate, Timestamp};

/// The jobs of one key that are not final.
pub struct Key {
    digest: KeyDigest,
    running: usize,
    /// Number of those that wait for their time or for capacity and may start in any order.
    loose: usize,
    /// Those in strict order, by their numbers.
    strict: BTreeMap<u64, (JobId, Strict)>,
    /// Number of these that wait for their time or for capacity.
    strict_waiting: usize,
    /// The fair queues of those that wait.
    pub fair_queues: KeyFairQueue,
    /// The tasks that some host runs and of which jobs wait, those behind the first one in strict order aside.
    tasks: BTreeSet<Symbol>,
}

/// A job in strict order.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Strict {
    Pending(Symbol, LaneKey, Timestamp),
    /// Waits for other jobs.
    Waiting,
    Running,
}

impl Key {
    /// One without jobs.
    pub fn new(digest: KeyDigest) -> Self {
        let (strict, fair_queues, tasks) = (BTreeMap::new(), KeyFairQueue::None, BTreeSet::new());
        Self { digest, running: 0, loose: 0, strict, strict_waiting: 0, fair_queues, tasks }
    }

    /// Whether it has no job.
    pub fn is_empty(&self) -> bool {
        self.running == 0 && self.loose == 0 && self.strict.is_empty()
    }

    /// The tasks that hear when it opens or closes.
    pub fn tasks(&self) -> impl Iterator<Item = Symbol> {
        self.tasks.iter().copied()
    }

    /// The gate before its jobs.
    pub fn gate(&self, most: NonZeroU32) -> KeyGate {
        let first = self.strict.values().next();
        let first = first.map(|(id, strict)| FirstInOrder { id: *id, runs: *strict == Strict::Running });
        KeyGate { most, running: self.running, first }
    }

    /// Whether a job waits for one that runs.
    pub fn holds_one(&self, most: NonZeroU32) -> bool {
        let gate = self.gate(most);
        let full = !gate.has_capacity() && self.loose + self.strict_waiting > 0;
        full || self.strict_waiting > 0 && gate.first.is_some_and(|first| first.runs)
    }

    /// Takes a job in.
    pub fn add(&mut self, id: JobId, job: &QueuedJob, most: NonZeroU32, ready: &mut Ready<'_>) {
        let is_open = self.gate(most).has_capacity();
        match job.status {
            QueuedStatus::Pending { due_at } => match job.strict_order {
                Some(number) => {
                    self.strict_waiting += 1;
                    let pending = Strict::Pending(job.task, job.lane(), due_at);
                    self.change_strict(is_open, ready, |strict| strict.insert(number, (id, pending)));
                }
                None => {
                    self.loose += 1;
                    self.change_job(job.task, (job.lane(), (due_at, id)), true, is_open, ready);
                }
            },
            QueuedStatus::Waiting => {
                if let Some(number) = job.strict_order {
                    self.change_strict(is_open, ready, |strict| strict.insert(number, (id, Strict::Waiting)));
                }
            }
            QueuedStatus::Running => {
                if let Some(number) = job.strict_order {
                    self.change_strict(is_open, ready, |strict| strict.insert(number, (id, Strict::Running)));
                }
                self.running += 1;
                // A start also moves the turns of a key that stays open.
                if is_open {
                    self.refresh(most, ready);
                }
            }
        }
    }

    /// Takes a job out.
    pub fn take(&mut self, id: JobId, job: &QueuedJob, most: NonZeroU32, ready: &mut Ready<'_>) {
        let is_open = self.gate(most).has_capacity();
        match job.status {
            QueuedStatus::Pending { due_at } if job.strict_order.is_none() => {
                self.loose -= 1;
                self.change_job(job.task, (job.lane(), (due_at, id)), false, is_open, ready);
            }
            _ => {
                if let Some(number) = job.strict_order {
                    self.strict_waiting -= usize::from(job.is_pending());
                    self.change_strict(is_open, ready, |strict| strict.remove(&number));
                }
                self.running -= usize::from(job.runs());
                if is_open != self.gate(most).has_capacity() {
                    self.refresh(most, ready);
                }
            }
        }
    }

    /// Opens or closes it, when another number of its jobs may run.
    pub fn swing(&self, from: NonZeroU32, to: NonZeroU32, ready: &mut Ready<'_>) {
        if self.gate(from).has_capacity() != self.gate(to).has_capacity() {
            self.refresh(to, ready);
        }
    }

    /// Adds a task that some host runs from now on.
    pub fn offer(&mut self, task: Symbol, most: NonZeroU32, ready: &mut Ready<'_>) {
        self.tasks.insert(task);
        ready.refresh_key(task, self.digest, self.gate(most).has_capacity());
    }

    /// Notifies the tasks whether it is open, or that its virtual times have moved.
    pub fn refresh(&self, most: NonZeroU32, ready: &mut Ready<'_>) {
        let is_open = self.gate(most).has_capacity();
        self.tasks.iter().for_each(|task| ready.refresh_key(*task, self.digest, is_open));
    }

    /// Changes the jobs that may start while it is open.
    fn change_job(
        &mut self,
        task: Symbol,
        job: (LaneKey, Position),
        comes: bool,
        is_open: bool,
        ready: &mut Ready<'_>,
    ) {
        if ready.change_key(task, self.digest, job, comes, is_open) {
            self.tasks.insert(task);
        } else {
            self.tasks.remove(&task);
        }
    }

    fn change_strict<R>(
        &mut self,
        is_open: bool,
        ready: &mut Ready<'_>,
        change: impl FnOnce(&mut BTreeMap<u64, (JobId, Strict)>) -> R,
    ) {
        let before = self.first_strict();
        change(&mut self.strict);
        let after = self.first_strict();
        if before != after {
            before.into_iter().for_each(|(task, job)| self.change_job(task, job, false, is_open, ready));
            after.into_iter().for_each(|(task, job)| self.change_job(task, job, true, is_open, ready));
        }
    }

    fn first_strict(&self) -> Option<(Symbol, (LaneKey, Position))> {
        match self.strict.values().next()? {
            (id, Strict::Pending(task, lane, due_at)) => Some((*task, (*lane, (*due_at, *id)))),
            _ => None,
        }
    }
}
