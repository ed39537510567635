//! Claims: which waiting job is next, found in a few steps however many wait, and however many queues,
//! tasks and keys there are.
//!
//! A [`ClaimIndex`] follows every change of a job, a queue or a task, and a [`ClaimPlan`] is one claim that asks
//! it. What holds a job back takes it out of the order in which the next one is looked for, and what lets it
//! go again puts it back: neither a claim passes over it.
//!
//! ```text
//!  ClaimIndex -- QueueJobs: one queue, its gate -- Keys: by concurrency key; they make jobs ready
//!             -- TaskJobs: one task -- Row: its ready jobs in one queue, by priority and fairness key
//!                                   -- Heads: the first jobs of those -- Level: of one priority, by caller
//!                                                                     -- Lanes: by fairness key
//!             -- CallerTurns: of all callers and fairness keys
//! ```
//! Of a task that no host runs, jobs are kept in rows and in no order: a claim does not see them.

mod flow;
mod heads;
mod keys;
mod lanes;
mod level;
mod loose_jobs;
mod plan;
mod queue_jobs;
mod queued_job;
mod row;
mod scan;
mod symbols;
mod task_jobs;

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

pub use plan::{ClaimPlan, Claimant};
pub use queued_job::{Caller, FairKey, KeyDigest, Lane, QueuedJob, QueuedStatus, Share};
pub use symbols::{Symbol, Symbols};
pub use task_jobs::Behind;

use self::queue_jobs::{QueueJobs, Ready};
use self::task_jobs::TaskJobs;
use super::{
    Arrival, CallerMemory, CallerTurns, Gate, JobId, QueueName, QueueSettings, TaskName, TaskSettings,
    Timestamp,
};

/// All jobs that are not final, in the order in which they may start.
#[derive(Default)]
pub struct ClaimIndex {
    queue_names: Symbols<QueueName>,
    queues: Vec<QueueJobs>,
    task_names: Symbols<TaskName>,
    tasks: Vec<TaskJobs>,
    turns: CallerTurns<Caller, FairKey>,
    /// Queues with a rate, by when it lets a job start.
    rated: BTreeSet<(Timestamp, Symbol)>,
    /// Queues in which a job waits for a running one of its concurrency key.
    holding: BTreeSet<Symbol>,
    /// The time for which queues with a rate are open or closed.
    as_of: Timestamp,
    /// Whether a start was taken back, so that all lanes are to be laid anew.
    turned_back: bool,
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
    pub fn queue_settings(&self, queue: Symbol) -> (QueueSettings, Arrival) {
        let queue = &self.queues[queue.index()];
        (queue.settings, queue.arrival)
    }

    /// A task's settings, and when its rate expects the next start.
    pub fn task_settings(&self, task: Symbol) -> (TaskSettings, Arrival) {
        let task = &self.tasks[task.index()];
        (task.settings, task.arrival)
    }

    /// The gate before a queue.
    pub fn queue_gate(&self, queue: Symbol) -> Gate {
        self.queues[queue.index()].gate()
    }

    /// The gate before a task.
    pub fn task_gate(&self, task: Symbol) -> Gate {
        self.tasks[task.index()].gate()
    }

    /// Sets a queue's settings and when its rate expects the next start.
    pub fn set_queue(&mut self, queue: Symbol, settings: QueueSettings, arrival: Arrival) {
        let known = &mut self.queues[queue.index()];
        let (from, to) = (known.settings.most_of_a_key(), settings.most_of_a_key());
        (known.settings, known.arrival) = (settings, arrival);
        if from != to {
            self.with_keys(queue, |keys, ready| keys.set_most(from, to, ready));
        }
        self.refresh(queue);
    }

    /// Sets a task's settings and when its rate expects the next start.
    pub fn set_task(&mut self, task: Symbol, settings: TaskSettings, arrival: Arrival) {
        let known = &mut self.tasks[task.index()];
        (known.settings, known.arrival) = (settings, arrival);
    }

    /// What is remembered of the turns that a change of a job may move, to go back to it.
    pub fn memories<'a>(
        &'a self,
        before: Option<&'a QueuedJob>,
        after: Option<&'a QueuedJob>,
    ) -> impl Iterator<Item = (Share, CallerMemory)> + use<'a> {
        let waiting = before.into_iter().chain(after).filter(|job| job.is_pending());
        waiting.map(|job| (job.share, self.turns.memory(&job.share.caller, &job.share.key)))
    }

    /// Goes back to what was remembered of a share.
    pub fn restore(&mut self, share: Share, memory: CallerMemory) {
        let Share { caller, key } = &share;
        let before = self.turns.turns(caller, key);
        self.turns.restore(caller, key, memory);
        let (of_caller, of_key) = self.turns.turns(caller, key);
        // Lanes that were laid by the later turn may lie too far behind.
        self.turned_back |= of_caller < before.0 || of_key < before.1;
    }

    /// Follows a job from one state to the next. A start is a turn of its caller and its fairness key.
    pub fn follow(&mut self, id: JobId, before: Option<&QueuedJob>, after: Option<&QueuedJob>) {
        let waited = before.filter(|job| job.is_pending());
        if let Some(QueuedJob { share: Share { caller, key }, weight, .. }) = waited
            && after.is_some_and(QueuedJob::runs)
        {
            self.turns.start(caller, key, *weight);
        }
        // First who comes: a job that goes on waiting is no newcomer.
        if let Some(QueuedJob { share: Share { caller, key }, .. }) = after.filter(|job| job.is_pending()) {
            self.turns.wait(caller, key);
        }
        self.replace(id, before, after);
        if let Some(QueuedJob { share: Share { caller, key }, .. }) = waited {
            self.turns.leave(caller, key);
        }
    }

    /// Puts a job from one state into another, its turn aside.
    pub fn replace(&mut self, id: JobId, before: Option<&QueuedJob>, after: Option<&QueuedJob>) {
        before.into_iter().for_each(|job| self.change(id, job, false));
        after.into_iter().for_each(|job| self.change(id, job, true));
    }

    /// Adds a job, or takes it out.
    fn change(&mut self, id: JobId, job: &QueuedJob, comes: bool) {
        let most = self.queues[job.queue.index()].settings.most_of_a_key();
        self.with_keys(job.queue, |keys, ready| match (job.key, job.status) {
            (Some(key), _) if comes => keys.add(key, id, job, most, ready),
            (Some(key), _) => keys.take(key, id, job, most, ready),
            (None, QueuedStatus::Pending { due_at }) if comes => ready.insert(job.lane(), (due_at, id)),
            (None, QueuedStatus::Pending { due_at }) => ready.remove(job.lane(), (due_at, id)),
            _ => {}
        });
        if job.runs() {
            let (queue, task) = (&mut self.queues[job.queue.index()], &mut self.tasks[job.task.index()]);
            for running in [&mut queue.running, &mut task.running] {
                *running = if comes { *running + 1 } else { *running - 1 };
            }
            self.refresh(job.queue);
        }
    }

    /// Changes which jobs of a queue are ready.
    fn with_keys(&mut self, queue: Symbol, change: impl FnOnce(&mut keys::Keys, &mut Ready<'_>)) {
        let QueueJobs { keys, flow, tasks: offered, .. } = &mut self.queues[queue.index()];
        let (tasks, steps) = (&mut self.tasks, &mut self.steps);
        change(keys, &mut Ready { queue, flow: *flow, offered, tasks, steps });
        if keys.hold_one() {
            self.holding.insert(queue);
        } else {
            self.holding.remove(&queue);
        }
    }

    /// Lets the tasks know whether a queue is open, after anything changed that decides it.
    fn refresh(&mut self, queue: Symbol) {
        let known = &mut self.queues[queue.index()];
        let opens_at = known.opens_at();
        if known.listed != opens_at {
            if let Some(time) = std::mem::replace(&mut known.listed, opens_at) {
                self.rated.remove(&(time, queue));
            }
            self.rated.extend(opens_at.map(|time| (time, queue)));
        }
        let flow = known.flow_at(self.as_of);
        self.set_flow(queue, flow);
    }

    fn set_flow(&mut self, queue: Symbol, flow: flow::Flow) {
        let known = &mut self.queues[queue.index()];
        let before = std::mem::replace(&mut known.flow, flow);
        if before == flow {
            return;
        }
        let waiting: Vec<Symbol> = known.tasks.iter().copied().collect();
        let (tasks, steps) = (&mut self.tasks, &mut self.steps);
        let mut ready = Ready { queue, flow, offered: &mut known.tasks, tasks, steps };
        waiting.into_iter().for_each(|task| ready.refit(task, before));
    }

    /// Lays all lanes anew if they may lie too far behind.
    fn settle_turns(&mut self) {
        if std::mem::take(&mut self.turned_back) {
            self.tasks.iter_mut().for_each(TaskJobs::lay_anew);
        }
    }

    /// Opens and closes queues with a rate as it must be at this time.
    fn move_to(&mut self, now: Timestamp) {
        let (from, to) = (self.as_of.min(now), self.as_of.max(now));
        self.as_of = now;
        if from == to {
            return;
        }
        let first = (from.plus(std::time::Duration::from_millis(1)), Symbol::FIRST);
        let between = self.rated.range(first..).take_while(|(time, _)| *time <= to);
        let queues: Vec<Symbol> = between.map(|(_, queue)| *queue).collect();
        queues.into_iter().for_each(|queue| self.refresh(queue));
    }

    /// Keeps a queue apart from the others: some host does.
    fn choose(&mut self, queue: Symbol) {
        let flow = self.queues[queue.index()].flow;
        self.set_flow(queue, flow::Flow { chosen: true, ..flow });
    }

    /// Keeps the jobs of a task in order: some host runs it.
    fn offer(&mut self, task: Symbol) {
        if self.tasks[task.index()].is_offered() {
            return;
        }
        self.tasks[task.index()].offer();
        for queue in self.tasks[task.index()].queues() {
            let QueueJobs { flow, tasks: offered, .. } = &mut self.queues[queue.index()];
            let (tasks, steps) = (&mut self.tasks, &mut self.steps);
            Ready { queue, flow: *flow, offered, tasks, steps }.refit(task, *flow);
        }
    }

    /// How much all claims looked at and moved since the start: it grows with what they start, and not with what
    /// waits.
    pub fn steps(&self) -> u64 {
        self.steps
    }
}
