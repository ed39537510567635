//! What storage knows by heart: which jobs may start and whose turn it is, whose leases run out, how many
//! are where, and what is said about each queue and task.
//!
//! Everything here is derived from the records and rebuilt from them at open; nothing here is ever
//! written. About 100 bytes a job, final ones included, so that a list by state, task or queue
//! never reads rows that it does not show.
//!
//! ```text
//!  Index -- Line: one queue      -- Counts: its numbers
//!        |                       -- Classes: by task, then priority -- Tier -- strands: by fairness key
//!        |                       -- Keys: by concurrency key; they open and close places in strands
//!        -- Task: one task       a Round is a claim that looks at all this
//!        -- Turns: of all fairness keys
//! ```

mod class;
mod counts;
mod finals;
mod keys;
mod lane;
mod line;
mod names;
mod probe;
mod round;
mod standing;
mod task;
mod tier;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use finals::Finals;
use lane::FairKey;
use line::Line;
use names::{Names, Symbol};
pub use round::Round;
use standing::{Entry, Standing};
use task::Task;

use super::codec::{OrderStanding, QueueRecord, TaskRecord};
use super::txn::Edit;
use crate::domain::{Gate, JobId, Memory, OrderId, QueueName, TaskName, Timestamp, Turns};
use crate::ports::{JobFilter, QueueStats, TaskStats};

/// What takes a part of an edit back.
pub enum Undo {
    /// This was known of the job.
    Job(JobId, Option<Entry>),
    /// This was remembered of the fairness key.
    Turn(FairKey, Memory),
    /// This was said about the queue.
    Queue(Symbol, QueueRecord),
    /// This was said about the task.
    Task(Symbol, TaskRecord),
    /// This was known of the order.
    Order(OrderId, Option<OrderStanding>),
}

/// The memory index.
#[derive(Default)]
pub struct Index {
    jobs: BTreeMap<JobId, Entry>,
    leases: BTreeSet<(Timestamp, JobId)>,
    finals: Finals,
    queue_names: Names<QueueName>,
    lines: Vec<Line>,
    task_names: Names<TaskName>,
    tasks: Vec<Task>,
    turns: Turns<FairKey>,
    orders: BTreeMap<OrderId, OrderStanding>,
    /// Kept for its allocation.
    scratch: Vec<Undo>,
}

impl Index {
    /// Follows what is written for good.
    pub fn apply(&mut self, edit: Edit) {
        let mut undos = std::mem::take(&mut self.scratch);
        self.follow(edit, &mut undos);
        undos.clear();
        self.scratch = undos;
    }

    /// Follows what a request writes, and adds what takes it back.
    pub fn follow(&mut self, edit: Edit, undos: &mut Vec<Undo>) {
        match edit {
            Edit::Job(id, Some(record)) => {
                let (queue, task) = (self.queue_symbol(&record.queue), self.task_symbol(&record.task));
                self.change(id, Some(Entry::new(&record, queue, task)), undos);
            }
            Edit::Job(id, None) => self.change(id, None, undos),
            Edit::Queue(name, record) => {
                let queue = self.queue_symbol(&name);
                undos.push(Undo::Queue(queue, self.lines[queue.place()].set(record)));
            }
            Edit::Task(name, record) => {
                let task = self.task_symbol(&name);
                undos.push(Undo::Task(task, self.tasks[task.place()].set(record)));
            }
            Edit::Order(id, standing) => undos.push(Undo::Order(id, self.set_order(id, standing))),
        }
    }

    /// Takes back what was followed; of several, the last one first.
    pub fn undo(&mut self, undo: Undo) {
        match undo {
            Undo::Job(id, entry) => drop(self.replace(id, entry)),
            Undo::Turn(key, memory) => self.turns.restore(key, memory),
            Undo::Queue(queue, record) => drop(self.lines[queue.place()].set(record)),
            Undo::Task(task, record) => drop(self.tasks[task.place()].set(record)),
            Undo::Order(id, standing) => drop(self.set_order(id, standing)),
        }
    }

    fn change(&mut self, id: JobId, entry: Option<Entry>, undos: &mut Vec<Undo>) {
        let known = self.jobs.get_mut(&id);
        if let (Some(known), Some(entry)) = (known, &entry)
            && known.runs_on_as(entry)
        {
            let before = Self::renew(&mut self.leases, id, known, entry.clone());
            return undos.push(Undo::Job(id, Some(before)));
        }
        let waits = |entry: Option<&Entry>| {
            entry.filter(|entry| entry.standing.is_pending()).map(|entry| (entry.fair(), entry.weight()))
        };
        let (waited, waits) = (waits(self.jobs.get(&id)), waits(entry.as_ref()));
        for (key, _) in waited.into_iter().chain(waits) {
            undos.push(Undo::Turn(key, self.turns.memory(&key)));
        }
        if let Some((key, weight)) = waited
            && entry.as_ref().is_some_and(|entry| entry.standing.is_running())
        {
            self.turns.start(&key, weight);
        }
        // First who comes: a job that goes on waiting is no newcomer.
        waits.into_iter().for_each(|(key, _)| self.turns.wait(key));
        undos.push(Undo::Job(id, self.replace(id, entry)));
        waited.into_iter().for_each(|(key, _)| self.turns.leave(&key));
    }

    /// A job that runs on, with another end of its lease: nothing else changes.
    fn renew(leases: &mut BTreeSet<(Timestamp, JobId)>, id: JobId, known: &mut Entry, entry: Entry) -> Entry {
        for (standing, holds) in [(known.standing, false), (entry.standing, true)] {
            match standing {
                Standing::Running { expires_at } if holds => drop(leases.insert((expires_at, id))),
                Standing::Running { expires_at } => drop(leases.remove(&(expires_at, id))),
                _ => {}
            }
        }
        std::mem::replace(known, entry)
    }

    /// Knows this of a job from now on, its turn aside; gives back what was known.
    fn replace(&mut self, id: JobId, entry: Option<Entry>) -> Option<Entry> {
        let before = match &entry {
            Some(entry) => self.jobs.insert(id, entry.clone()),
            None => self.jobs.remove(&id),
        };
        before.iter().for_each(|entry| self.take(id, entry));
        entry.iter().for_each(|entry| self.add(id, entry));
        before
    }

    fn add(&mut self, id: JobId, entry: &Entry) {
        self.lines[entry.queue.place()].add(id, entry);
        self.tasks[entry.task.place()].add(entry.standing);
        match entry.standing {
            Standing::Pending { .. } | Standing::Waiting => {}
            Standing::Running { expires_at } => drop(self.leases.insert((expires_at, id))),
            Standing::Final { state, .. } if entry.needed => self.finals.add_needed(state),
            Standing::Final { state, at } => self.finals.insert(state, at, id),
        }
    }

    fn take(&mut self, id: JobId, entry: &Entry) {
        self.lines[entry.queue.place()].take(id, entry);
        self.tasks[entry.task.place()].take(entry.standing);
        match entry.standing {
            Standing::Pending { .. } | Standing::Waiting => {}
            Standing::Running { expires_at } => drop(self.leases.remove(&(expires_at, id))),
            Standing::Final { state, .. } if entry.needed => self.finals.take_needed(state),
            Standing::Final { state, at } => self.finals.remove(state, at, id),
        }
    }

    fn set_order(&mut self, id: OrderId, standing: Option<OrderStanding>) -> Option<OrderStanding> {
        match standing {
            Some(standing) => self.orders.insert(id, standing),
            None => self.orders.remove(&id),
        }
    }

    /// The symbol of a queue, which has a line from now on.
    fn queue_symbol(&mut self, name: &QueueName) -> Symbol {
        let queue = self.queue_names.symbol(name);
        if self.lines.len() <= queue.place() {
            self.lines.resize_with(queue.place() + 1, Line::default);
        }
        queue
    }

    /// The symbol of a task, which is counted from now on.
    fn task_symbol(&mut self, name: &TaskName) -> Symbol {
        let task = self.task_names.symbol(name);
        if self.tasks.len() <= task.place() {
            self.tasks.resize_with(task.place() + 1, Task::default);
        }
        task
    }

    /// Final jobs by age.
    pub fn finals(&self) -> &Finals {
        &self.finals
    }

    /// All running jobs.
    pub fn running(&self) -> Vec<JobId> {
        self.leases.iter().map(|(_, id)| *id).collect()
    }

    /// Whether a job runs.
    pub fn runs(&self, id: JobId) -> bool {
        self.jobs.get(&id).is_some_and(|entry| entry.standing.is_running())
    }

    /// What is said about a queue.
    pub fn queue_record(&self, name: &QueueName) -> QueueRecord {
        self.queue_names
            .find(name)
            .map_or_else(QueueRecord::default, |queue| self.lines[queue.place()].record())
    }

    /// The gate before a queue.
    pub fn queue_gate(&self, name: &QueueName) -> Gate {
        self.queue_names.find(name).map_or_else(Gate::default, |queue| self.lines[queue.place()].gate())
    }

    /// The gate before a task.
    pub fn task_gate(&self, name: &TaskName) -> Gate {
        self.task_names.find(name).map_or_else(Gate::default, |task| self.tasks[task.place()].gate())
    }

    /// The first `limit` running jobs whose leases ran out, and when the lease after them runs out.
    pub fn expired(&self, now: Timestamp, limit: usize) -> (Vec<JobId>, Option<Timestamp>) {
        let mut leases = self.leases.iter().copied().peekable();
        let mut ids = Vec::new();
        while ids.len() < limit
            && let Some((_, id)) = leases.next_if(|(expires_at, _)| *expires_at <= now)
        {
            ids.push(id);
        }
        (ids, leases.next().map(|(expires_at, _)| expires_at))
    }

    /// One queue in numbers, if it has jobs or settings.
    pub fn queue_stats(&mut self, name: &QueueName, now: Timestamp) -> Option<QueueStats> {
        let queue = self.queue_names.find(name)?;
        self.lines[queue.place()].stats(name, now)
    }

    /// Every queue that has jobs or settings, in numbers.
    pub fn queues(&mut self, now: Timestamp) -> Vec<QueueStats> {
        let named = self.queue_names.iter().zip(&mut self.lines);
        let mut stats: Vec<_> = named.filter_map(|((_, name), line)| line.stats(name, now)).collect();
        stats.sort_by(|a, b| a.name.cmp(&b.name));
        stats
    }

    /// Every task that has jobs or settings, in numbers.
    pub fn tasks(&self) -> Vec<TaskStats> {
        let named = self.task_names.iter().zip(&self.tasks);
        let mut stats: Vec<_> = named.filter_map(|((_, name), task)| task.stats(name)).collect();
        stats.sort_by(|a, b| a.name.cmp(&b.name));
        stats
    }

    /// Jobs older than `before`, newest first.
    pub fn jobs_before(&self, before: Option<JobId>) -> impl Iterator<Item = JobId> {
        let older = before.map_or(self.jobs.range(..), |before| self.jobs.range(..before));
        older.rev().map(|(id, _)| *id)
    }

    /// Whether the job is one that the filter shows, its tags aside.
    pub fn shows(&self, id: JobId, filter: &JobFilter, now: Timestamp) -> bool {
        let Some(entry) = self.jobs.get(&id) else { return false };
        filter.state.is_none_or(|state| entry.standing.name(now) == state)
            && filter.task.as_ref().is_none_or(|task| self.task_names.find(task) == Some(entry.task))
            && filter.queue.as_ref().is_none_or(|queue| self.queue_names.find(queue) == Some(entry.queue))
    }

    /// Orders older than `before`, newest first.
    pub fn orders_before(&self, before: Option<OrderId>) -> impl Iterator<Item = OrderId> {
        let older = before.map_or(self.orders.range(..), |before| self.orders.range(..before));
        older.rev().map(|(id, _)| *id)
    }

    /// Where an order stands.
    pub fn order(&self, id: OrderId) -> Option<OrderStanding> {
        self.orders.get(&id).copied()
    }
}
