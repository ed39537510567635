//! What storage knows by heart: which jobs are due, whose leases run out, how many are where, and what
//! is said about each queue.
//!
//! Everything here is derived from the records and rebuilt from them at open; nothing here is ever
//! written. About 100 bytes a job, final ones included, so that a list by state, task or queue
//! never reads rows that it does not show.

mod due;
mod finals;
mod line;
mod names;
mod pending;
mod queue;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

pub use due::{Behind, Due};
use finals::Finals;
use line::Line;
use names::{Names, Symbol};

use super::codec::{OrderStanding, StateRecord};
use super::txn::Edit;
use crate::domain::{Gate, JobId, OrderId, Phase, QueueChoice, QueueName, StateName, TaskName, Timestamp};
use crate::ports::{JobFilter, QueueStats};

/// Where a job stands, as far as the index cares.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    /// Waits.
    Pending {
        /// Until then.
        due_at: Timestamp,
        /// For another attempt, not for its first.
        retried: bool,
    },
    /// Waits for other jobs, whatever the time.
    Waiting,
    /// Runs until its lease runs out.
    Running {
        /// When that is.
        expires_at: Timestamp,
    },
    /// Final, in this state.
    Final(StateName),
}

impl Standing {
    fn of(record: &StateRecord) -> Self {
        match &record.state.phase {
            Phase::Pending { .. } => match record.state.due_at() {
                Some(due_at) => Standing::Pending { due_at, retried: record.state.attempt > 0 },
                None => Standing::Waiting,
            },
            Phase::Running { lease } => Standing::Running { expires_at: lease.expires_at },
            Phase::Completed { .. } | Phase::Discarded { .. } | Phase::Cancelled { .. } => {
                // A final state has the same name at any time.
                Standing::Final(record.state.name(Timestamp::default()))
            }
        }
    }

    /// The state shown outside; [`crate::domain::JobState::name`] says the same of the whole state.
    fn name(self, now: Timestamp) -> StateName {
        match self {
            Standing::Pending { due_at, .. } if due_at <= now => StateName::Available,
            Standing::Pending { retried: true, .. } => StateName::Retryable,
            Standing::Pending { retried: false, .. } | Standing::Waiting => StateName::Scheduled,
            Standing::Running { .. } => StateName::Running,
            Standing::Final(name) => name,
        }
    }
}

/// One job.
#[derive(Clone, Copy)]
struct Entry {
    priority: i8,
    queue: Symbol,
    task: Symbol,
    standing: Standing,
    /// The epoch, while it is not final.
    finalized_at: Timestamp,
    /// Kept for others that may want to read its result.
    needed: bool,
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
    orders: BTreeMap<OrderId, OrderStanding>,
}

impl Index {
    /// Follows what was written.
    pub fn apply(&mut self, edit: Edit) {
        match edit {
            Edit::Job(id, Some(record)) => self.put(id, &record),
            Edit::Job(id, None) => self.remove(id),
            Edit::Queue(name, record) => {
                let queue = self.queue(&name);
                self.lines[queue.place()].set(record);
            }
            Edit::Order(id, Some(standing)) => {
                self.orders.insert(id, standing);
            }
            Edit::Order(id, None) => {
                self.orders.remove(&id);
            }
        }
    }

    fn put(&mut self, id: JobId, record: &StateRecord) {
        self.remove(id);
        let entry = Entry {
            priority: record.priority,
            queue: self.queue(&record.queue),
            task: self.task_names.symbol(&record.task),
            standing: Standing::of(record),
            finalized_at: record.state.phase.finalized_at().unwrap_or_default(),
            needed: record.children > 0,
        };
        self.lines[entry.queue.place()].add(id, &entry);
        match entry.standing {
            Standing::Pending { .. } | Standing::Waiting => {}
            Standing::Running { expires_at } => drop(self.leases.insert((expires_at, id))),
            Standing::Final(state) if entry.needed => self.finals.add_needed(state),
            Standing::Final(state) => self.finals.insert(state, entry.finalized_at, id),
        }
        self.jobs.insert(id, entry);
    }

    fn remove(&mut self, id: JobId) {
        let Some(entry) = self.jobs.remove(&id) else { return };
        self.lines[entry.queue.place()].take(id, &entry);
        match entry.standing {
            Standing::Pending { .. } | Standing::Waiting => {}
            Standing::Running { expires_at } => drop(self.leases.remove(&(expires_at, id))),
            Standing::Final(state) if entry.needed => self.finals.take_needed(state),
            Standing::Final(state) => self.finals.remove(state, entry.finalized_at, id),
        }
    }

    /// The symbol of a queue, which has a line from now on.
    fn queue(&mut self, name: &QueueName) -> Symbol {
        let queue = self.queue_names.symbol(name);
        if self.lines.len() <= queue.place() {
            self.lines.resize_with(queue.place() + 1, Line::default);
        }
        queue
    }

    /// Final jobs by age.
    pub fn finals(&self) -> &Finals {
        &self.finals
    }

    /// All running jobs.
    pub fn running(&self) -> Vec<JobId> {
        self.leases.iter().map(|(_, id)| *id).collect()
    }

    /// The first `limit` due jobs of these queues that the gates let through, in the order in which they
    /// should run.
    pub fn due(&self, queues: &QueueChoice, now: Timestamp, limit: usize) -> Due {
        let lines = self.queue_names.iter().zip(&self.lines);
        let lines = lines.filter(|(name, line)| !line.has_nobody_waiting() && queues.includes(name));
        due::merge(lines, now, limit)
    }

    /// The gate before a queue.
    pub fn gate(&self, name: &QueueName) -> Gate {
        self.queue_names.find(name).map_or_else(Gate::default, |queue| self.lines[queue.place()].gate())
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
        let mut stats: Vec<_> = named.filter_map(|(name, line)| line.stats(name, now)).collect();
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
