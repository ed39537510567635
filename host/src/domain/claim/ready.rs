//! The waiting jobs of one queue, within those of all tasks.

use std::collections::BTreeSet;

use super::queue_access::QueueAccess;
use super::queued_job::{KeyDigest, LaneKey, Position};
use super::symbols::Symbol;
use super::task_jobs::TaskJobs;

/// The waiting jobs of one queue, within those of all tasks.
pub struct Ready<'a> {
    /// The queue.
    pub queue: Symbol,
    /// Its access, as the tasks have it.
    pub access: QueueAccess,
    /// The tasks that must hear of its gate.
    pub offered: &'a mut BTreeSet<Symbol>,
    /// All tasks.
    pub tasks: &'a mut [TaskJobs],
    /// Counts what is moved.
    pub steps: &'a mut u64,
}

impl Ready<'_> {
    /// Adds a job without a concurrency key, or takes it out.
    pub fn change(&mut self, task: Symbol, job: (LaneKey, Position), comes: bool) {
        *self.steps += 1;
        self.tasks[task.index()].change(self.queue, job, comes);
        self.refit(task, self.access);
    }

    /// Adds a job of a concurrency key that is open or closed, or takes it out. Returns whether the task must hear
    /// when that changes.
    pub fn change_key(
        &mut self,
        task: Symbol,
        key: KeyDigest,
        job: (LaneKey, Position),
        comes: bool,
        is_open: bool,
    ) -> bool {
        *self.steps += 1;
        let jobs = &mut self.tasks[task.index()];
        if jobs.change_key(self.queue, key, job, comes) && jobs.is_offered() {
            *self.steps += jobs.refresh_key(self.queue, key, is_open);
        }
        let must_hear = jobs.is_offered() && jobs.has_key(self.queue, &key);
        self.refit(task, self.access);
        must_hear
    }

    /// Notifies a task that a concurrency key is open or closed, or that virtual times within it have moved.
    pub fn refresh_key(&mut self, task: Symbol, key: KeyDigest, is_open: bool) {
        *self.steps += 1 + self.tasks[task.index()].refresh_key(self.queue, key, is_open);
        self.refit(task, self.access);
    }

    /// Moves the heads of a task to their order.
    pub fn refit(&mut self, task: Symbol, before: QueueAccess) {
        let (waits, moved) = self.tasks[task.index()].refit(self.queue, before, self.access);
        *self.steps += moved;
        if waits {
            self.offered.insert(task);
        } else {
            self.offered.remove(&task);
        }
    }
}
