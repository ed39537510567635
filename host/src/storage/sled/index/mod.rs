//! What storage keeps in memory: which jobs may start and whose turn it is, whose leases run out, how many
//! are where, and the settings of each queue and task.
//!
//! Everything here is derived from the records and rebuilt from them at open; nothing here is ever
//! written. About 100 bytes a job, final ones included, so that a list by state, task or queue
//! never reads rows that it does not show. Which job is next is [`ClaimIndex`]'s to know.

mod chunked_map;
mod counts;
mod edit;
mod entry;
mod finals;
mod gates;
mod names;
mod task;
mod ticks;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chunked_map::ChunkedMap;
use counts::Counts;
pub use edit::{Edit, Undo};
use entry::{Entry, IndexedStatus};
use finals::Finals;
use names::{Idle, Used};
use task::TaskCounts;
use ticks::Ticks;

use crate::domain::claim::{CallerDigest, ClaimIndex, KeyDigest, Position};
use crate::domain::{JobId, OrderId, OrderStatusName, StateName, Submitter, Timestamp};
use crate::ports::JobFilter;

/// The memory index.
#[derive(Default)]
pub struct Index {
    jobs: ChunkedMap<JobId, Entry>,
    /// Number of jobs that wait for their time or for capacity.
    pending: usize,
    leases: BTreeSet<(Timestamp, JobId)>,
    /// Jobs that never started, by when they must have.
    unstarted: BTreeSet<(Timestamp, JobId)>,
    finals: Finals,
    claims: ClaimIndex,
    /// The digests of the tokens that submitted jobs, by name.
    callers: HashMap<Box<str>, KeyDigest>,
    queues: Vec<Counts>,
    tasks: Vec<TaskCounts>,
    /// Queues and tasks that may have neither jobs nor settings any longer.
    idle: Idle,
    used: Used,
    orders: BTreeMap<OrderId, OrderStatusName>,
    ticks: Ticks,
    /// Kept for its allocation.
    scratch: Vec<Undo>,
}

impl Index {
    /// Follows what is written for good.
    pub fn apply(&mut self, edit: Edit<'_>) {
        let mut undos = std::mem::take(&mut self.scratch);
        self.follow(edit, &mut undos);
        undos.clear();
        self.forget_idle();
        self.scratch = undos;
    }

    /// Follows what a request writes, and adds what takes it back.
    pub fn follow(&mut self, edit: Edit<'_>, undos: &mut Vec<Undo>) {
        match edit {
            Edit::Job(spec, record) => {
                let (queue, task) = (self.queue_symbol(&spec.queue), self.task_symbol(&spec.task));
                let caller = self.caller(&spec.submitter);
                self.change(spec.id, Some(Entry::new(spec, record, caller, queue, task)), undos);
            }
            Edit::State(id, record) => {
                let entry = self.jobs.get(&id).map(|entry| entry.at(record));
                self.change(id, entry, undos);
            }
            Edit::Gone(id) => self.change(id, None, undos),
            Edit::Queue(name, record) => {
                let queue = self.queue_symbol(&name);
                undos.push(Undo::Queue(queue, self.set_queue(queue, record)));
            }
            Edit::Task(name, record) => {
                let task = self.task_symbol(&name);
                undos.push(Undo::Task(task, self.set_task(task, record)));
            }
            Edit::Order(id, status) => undos.push(Undo::Order(id, self.set_order(id, status))),
            Edit::Schedule(name, next) => {
                undos.push(Undo::Schedule(name.clone(), self.ticks.set(name, next)));
            }
        }
    }

    /// Undoes a change; of several, the last one first.
    pub fn undo(&mut self, undo: Undo) {
        match undo {
            Undo::Job(id, entry) => drop(self.replace(id, entry)),
            Undo::Fairness(savepoint) => self.claims.restore(*savepoint),
            Undo::Queue(queue, record) => drop(self.set_queue(queue, record)),
            Undo::Task(task, record) => drop(self.set_task(task, record)),
            Undo::Order(id, status) => drop(self.set_order(id, status)),
            Undo::Schedule(name, next) => drop(self.ticks.set(&name, next)),
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
        let before = self.jobs.get(&id).and_then(Entry::queued);
        let after = entry.as_ref().and_then(Entry::queued);
        let savepoints = self.claims.savepoints(before.as_ref(), after.as_ref());
        undos.extend(savepoints.map(|savepoint| Undo::Fairness(Box::new(savepoint))));
        self.claims.follow(id, before.as_ref(), after.as_ref());
        undos.push(Undo::Job(id, self.count(id, entry)));
    }

    /// The digest of a submitter, made once for each: as many as there were ever tokens.
    fn caller(&mut self, submitter: &Submitter) -> CallerDigest {
        let name = submitter.name()?;
        if let Some(digest) = self.callers.get(name) {
            return Some(*digest);
        }
        let digest = submitter.digest()?;
        self.callers.insert(name.into(), digest);
        Some(digest)
    }

    /// A job that runs on, with another end of its lease: nothing else changes.
    fn renew(leases: &mut BTreeSet<(Timestamp, JobId)>, id: JobId, known: &mut Entry, entry: Entry) -> Entry {
        for (status, holds) in [(known.status(), false), (entry.status(), true)] {
            match status {
                IndexedStatus::Running { expires_at } if holds => drop(leases.insert((expires_at, id))),
                IndexedStatus::Running { expires_at } => drop(leases.remove(&(expires_at, id))),
                _ => {}
            }
        }
        std::mem::replace(known, entry)
    }

    /// Keeps this entry of a job, its turn aside. Returns the entry before.
    fn replace(&mut self, id: JobId, entry: Option<Entry>) -> Option<Entry> {
        let before = self.jobs.get(&id).and_then(Entry::queued);
        let after = entry.as_ref().and_then(Entry::queued);
        self.claims.replace(id, before.as_ref(), after.as_ref());
        self.count(id, entry)
    }

    /// Counts a job where it now stands; gives back what was known of it.
    fn count(&mut self, id: JobId, entry: Option<Entry>) -> Option<Entry> {
        let before = match &entry {
            Some(entry) => self.jobs.insert(id, entry.clone()),
            None => self.jobs.remove(&id),
        };
        before.iter().for_each(|entry| self.take(id, entry));
        entry.iter().for_each(|entry| self.add(id, entry));
        before
    }

    fn add(&mut self, id: JobId, entry: &Entry) {
        self.uncount_names(entry.queue, entry.task);
        self.queues[entry.queue.index()].add(entry.status());
        self.tasks[entry.task.index()].add(entry.status());
        self.count_names(entry.queue, entry.task);
        self.unstarted.extend(entry.expires_at().map(|expiry| (expiry, id)));
        match entry.status() {
            IndexedStatus::Pending { .. } => self.pending += 1,
            IndexedStatus::Waiting => {}
            IndexedStatus::Running { expires_at } => drop(self.leases.insert((expires_at, id))),
            IndexedStatus::Final { state, .. } if entry.needed => self.finals.add_needed(state),
            IndexedStatus::Final { state, at } => self.finals.insert(state, at, id),
        }
    }

    fn take(&mut self, id: JobId, entry: &Entry) {
        self.uncount_names(entry.queue, entry.task);
        self.queues[entry.queue.index()].take(entry.status());
        self.tasks[entry.task.index()].take(entry.status());
        self.count_names(entry.queue, entry.task);
        if let Some(expiry) = entry.expires_at() {
            self.unstarted.remove(&(expiry, id));
        }
        match entry.status() {
            IndexedStatus::Pending { .. } => self.pending -= 1,
            IndexedStatus::Waiting => {}
            IndexedStatus::Running { expires_at } => drop(self.leases.remove(&(expires_at, id))),
            IndexedStatus::Final { state, .. } if entry.needed => self.finals.take_needed(state),
            IndexedStatus::Final { state, at } => self.finals.remove(state, at, id),
        }
    }

    fn set_order(&mut self, id: OrderId, status: Option<OrderStatusName>) -> Option<OrderStatusName> {
        match status {
            Some(status) => self.orders.insert(id, status),
            None => self.orders.remove(&id),
        }
    }

    /// The index of claims.
    pub fn claims(&mut self) -> &mut ClaimIndex {
        &mut self.claims
    }

    /// Final jobs by age.
    pub fn finals(&self) -> &Finals {
        &self.finals
    }

    /// Number of jobs.
    pub fn jobs(&self) -> usize {
        self.jobs.len()
    }

    /// Bytes that it takes: those of all jobs and of the order of final ones, by their sizes, and of the orders of
    /// waiting jobs and of customers' orders, by those of half-full nodes of B-trees.
    pub fn bytes(&self) -> usize {
        let of_pending = size_of::<Position>() + size_of::<(Timestamp, [u64; 2])>();
        let of_order = size_of::<(OrderId, OrderStatusName)>();
        self.jobs.bytes()
            + self.finals.bytes()
            + 2 * (self.pending * of_pending + self.orders.len() * of_order)
    }

    /// Schedules by their next ticks.
    pub fn ticks(&self) -> &Ticks {
        &self.ticks
    }

    /// Whether there is such a job.
    pub fn knows(&self, id: JobId) -> bool {
        self.jobs.get(&id).is_some()
    }

    /// The state of a job.
    pub fn state_name(&self, id: JobId, now: Timestamp) -> Option<StateName> {
        self.jobs.get(&id).map(|entry| entry.status().name(now))
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

    /// The first `limit` jobs that never started and must have by now.
    pub fn unstarted(&self, now: Timestamp, limit: usize) -> Vec<JobId> {
        let expired = self.unstarted.iter().take_while(|(expiry, _)| *expiry <= now);
        expired.take(limit).map(|(_, id)| *id).collect()
    }

    /// When the next job expires.
    pub fn next_unstarted(&self) -> Option<Timestamp> {
        self.unstarted.first().map(|(expiry, _)| *expiry)
    }

    /// Jobs older than `before`, newest first.
    pub fn jobs_before(&self, before: Option<JobId>) -> impl Iterator<Item = JobId> {
        self.jobs.keys_below(before)
    }

    /// Whether the job is one that the filter shows, its tags aside.
    pub fn shows(&self, id: JobId, filter: &JobFilter, now: Timestamp) -> bool {
        let Some(entry) = self.jobs.get(&id) else { return false };
        let names = (self.claims.task_names().name(entry.task), self.claims.queue_names().name(entry.queue));
        // A job keeps the names of its task and its queue in use.
        let (Some(task), Some(queue)) = names else { return false };
        filter.shows_apart_from_tag(entry.status().name(now), task, queue)
    }

    /// Orders older than `before`, newest first.
    pub fn orders_before(&self, before: Option<OrderId>) -> impl Iterator<Item = OrderId> {
        let older = before.map_or(self.orders.range(..), |before| self.orders.range(..before));
        older.rev().map(|(id, _)| *id)
    }

    /// The status of an order.
    pub fn order(&self, id: OrderId) -> Option<OrderStatusName> {
        self.orders.get(&id).copied()
    }
}
