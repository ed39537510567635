//! Claims: which waiting job is next, found in a few steps however many wait, and however many queues,
//! tasks and keys there are.
//!
//! A [`ClaimIndex`] follows every change of a job, a queue or a task, and a [`ClaimPlan`] is one claim that asks
//! it. What holds a job back takes it out of the order in which the next one is looked for, and what lets it
//! go again puts it back: neither a claim passes over it.
//!
//! ```text
//!  ClaimIndex -- QueueJobs: one queue, its gate -- Keys: concurrency keys, open or closed -- KeyFairQueue: within one
//!             -- TaskJobs: one task -- Row: its jobs in one queue -- LaneJobs: ready ones by fairness lane
//!                                                                 -- KeyJobs: those of one concurrency key
//!                                   -- ReadyOrder: the first jobs of rows -- Heads: by priority
//!                                      -- Level: of one priority, by caller -- Lanes: by fairness key
//!             -- FairQueues: of all callers and fairness keys
//! ```
//! Of a task that no host runs, jobs are kept in rows and in no order: a claim does not see them.
//!
//! A job that may start is *ready*; the first one of a fairness lane is its *head*. A concurrency key that is open
//! puts one job of each task forward, which is ready among all others: of what waits behind it, no start and no
//! end moves anything. Which one it is must not change with starts elsewhere, or each of those would move as many
//! jobs as there are keys: so turns within a key are its own.

mod behind;
mod follow;
mod gates;
mod heads;
mod key;
mod key_fair_queue;
mod key_jobs;
mod keys;
mod lane_jobs;
mod lanes;
mod level;
mod orders;
mod plan;
mod queue_access;
mod queue_jobs;
mod queued_job;
mod ready;
mod ready_order;
mod row;
mod scan;
mod scope;
mod symbols;
mod task_jobs;
mod watches;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

pub use behind::Behind;
pub use follow::FairnessSavepoint;
pub use plan::{ClaimPlan, Claimant};
pub use queued_job::{CallerDigest, FairKey, KeyDigest, Position, QueuedJob, QueuedStatus, Share};
pub use symbols::{Symbol, Symbols};

use self::queue_jobs::QueueJobs;
use self::task_jobs::TaskJobs;
use super::{
    FairQueues, Gate, KeyGate, QueueName, QueueSettings, RateState, TaskName, TaskSettings, Timestamp,
};

/// All jobs that are not final, in the order in which they may start.
#[derive(Default)]
pub struct ClaimIndex {
    queue_names: Symbols<QueueName>,
    queues: Vec<QueueJobs>,
    task_names: Symbols<TaskName>,
    tasks: Vec<TaskJobs>,
    fair_queues: FairQueues<CallerDigest, FairKey>,
    /// Queues with a rate, by when it lets a job start.
    rated: BTreeSet<(Timestamp, Symbol)>,
    /// Queues in which a job waits for a running one of its concurrency key.
    holding: BTreeSet<Symbol>,
    /// The time for which queues with a rate are open or closed.
    as_of: Timestamp,
    /// Those whose virtual times were restored after claims had looked at them, over all or within a concurrency key.
    turned_back: BTreeSet<(Option<(Symbol, KeyDigest)>, Share)>,
    /// Number of looks of claims at virtual times.
    looks: u64,
    steps: u64,
}

impl ClaimIndex {
    /// The names of queues in use.
    pub fn queue_names(&self) -> &Symbols<QueueName> {
        &self.queue_names
    }

    /// The names of tasks in use.
    pub fn task_names(&self) -> &Symbols<TaskName> {
        &self.task_names
    }

    /// The symbol of a queue, which is known from now on.
    pub fn queue_symbol(&mut self, name: &QueueName) -> Symbol {
        let queue = self.queue_names.intern(name);
        if self.queues.len() <= queue.index() {
            self.queues.resize_with(queue.index() + 1, QueueJobs::default);
        }
        queue
    }

    /// The symbol of a task, which is known from now on.
    pub fn task_symbol(&mut self, name: &TaskName) -> Symbol {
        let task = self.task_names.intern(name);
        if self.tasks.len() <= task.index() {
            self.tasks.resize_with(task.index() + 1, TaskJobs::default);
        }
        task
    }

    /// Forgets a queue that has neither jobs nor settings.
    pub fn forget_queue(&mut self, queue: Symbol) {
        self.queue_names.forget(queue);
        self.queues[queue.index()] = QueueJobs::default();
    }

    /// Forgets a task that has neither jobs nor settings.
    pub fn forget_task(&mut self, task: Symbol) {
        self.task_names.forget(task);
        self.tasks[task.index()] = TaskJobs::default();
    }

    /// A queue's settings, and when its rate expects the next start.
    pub fn queue_settings(&self, queue: Symbol) -> (QueueSettings, RateState) {
        let queue = &self.queues[queue.index()];
        (queue.settings, queue.rate_state)
    }

    /// A task's settings, and when its rate expects the next start.
    pub fn task_settings(&self, task: Symbol) -> (TaskSettings, RateState) {
        let task = &self.tasks[task.index()];
        (task.settings, task.rate_state)
    }

    /// The gate before a queue.
    pub fn queue_gate(&self, queue: Symbol) -> Gate {
        self.queues[queue.index()].gate()
    }

    /// The gate before a task.
    pub fn task_gate(&self, task: Symbol) -> Gate {
        self.tasks[task.index()].gate()
    }

    /// The gate before a concurrency key of a queue, if any of its jobs is not final.
    pub fn key_gate(&self, queue: Symbol, key: &KeyDigest) -> Option<KeyGate> {
        self.queues[queue.index()].keys.gate(key)
    }

    /// Sets a queue's settings and when its rate expects the next start.
    pub fn set_queue(&mut self, queue: Symbol, settings: QueueSettings, rate_state: RateState) {
        let known = &mut self.queues[queue.index()];
        (known.settings, known.rate_state) = (settings, rate_state);
        self.with_keys(queue, |keys, ready| keys.set_most(settings.most_of_a_key(), ready));
        self.refresh(queue);
    }

    /// Sets a task's settings and when its rate expects the next start.
    pub fn set_task(&mut self, task: Symbol, settings: TaskSettings, rate_state: RateState) {
        let known = &mut self.tasks[task.index()];
        (known.settings, known.rate_state) = (settings, rate_state);
    }

    /// Number of looks and moves since the start, by claims and by every change that they follow: it grows
    /// with what changes, and not with what waits.
    pub fn steps(&self) -> u64 {
        self.steps
    }
}
