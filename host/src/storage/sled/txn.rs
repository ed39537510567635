//! The writes of one request, on top of those of the requests before it in the same group.
//!
//! A request reads what the group already wrote, then the tree. What it writes is kept aside and
//! joins the group only when the request succeeds; the memory index follows at once, and is taken back
//! when it fails. So a refused request leaves nothing behind.
//! Nothing here touches the disk: that is the commit's.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound::{Excluded, Included, Unbounded};

use sled::IVec;

use super::chunks::{self, Rows};
use super::codec::{self, OrderStanding, QueueRecord, Record, StateRecord, TaskRecord};
use super::components::Components;
use super::database::Group;
use super::index::{Index, Undo};
use super::keys::Key;
use super::started::Started;
use super::view::{Look, damaged_read};
use crate::domain::claim::ClaimIndex;
use crate::domain::transition::TOLD_AT_ONCE_MAX;
use crate::domain::{Digest, JobId, JobSpec, OrderId, QueueName, TaskName};
use crate::ports::StorageResult;

/// Rows to write, or to remove.
pub type Writes = BTreeMap<Key, Option<IVec>>;

/// A change of the memory index.
pub enum Edit {
    /// The job now stands there, or is gone.
    Job(JobId, Option<Box<StateRecord>>),
    /// This is now said about the queue.
    Queue(QueueName, QueueRecord),
    /// This is now said about the task.
    Task(TaskName, TaskRecord),
    /// The order now stands there, or is gone.
    Order(OrderId, Option<OrderStanding>),
}

/// One request at work.
pub struct Txn<'group> {
    rows: &'group sled::Tree,
    started: &'group Started,
    components: &'group Components,
    index: &'group mut Index,
    group: &'group Group,
    changes: Changes,
    undos: Vec<Undo>,
    telling: Telling,
}

/// Jobs of which children are to be told where they stand.
#[derive(Default)]
pub struct Telling {
    parents: BTreeSet<JobId>,
    work: usize,
}

impl Telling {
    /// Adds a job.
    pub fn add(&mut self, parent: JobId) {
        self.parents.insert(parent);
    }

    /// Takes one out.
    pub fn next(&mut self) -> Option<JobId> {
        self.parents.pop_first()
    }

    /// Counts work that was done.
    pub fn work(&mut self, work: usize) {
        self.work += work;
    }

    /// Whether other transactions are to go on.
    pub fn has_done_enough(&self) -> bool {
        self.work >= TOLD_AT_ONCE_MAX
    }
}

/// What a request works on.
pub struct Ground<'group> {
    /// The rows below what the group wrote.
    pub rows: &'group sled::Tree,
    /// What was submitted of the jobs that run.
    pub started: &'group Started,
    /// The bytes of plugins.
    pub components: &'group Components,
    /// The memory index.
    pub index: &'group mut Index,
}

/// What a request changes.
#[derive(Default)]
pub struct Changes {
    /// Rows.
    pub writes: Writes,
    /// The jobs of which the memory index now knows something else.
    pub jobs: Vec<JobId>,
    /// What was submitted of the jobs whose attempts begin.
    pub started: Vec<JobSpec>,
    /// Components whose files may have lost their last owner.
    pub orphans: Vec<Digest>,
    /// The last expiry of an idempotency key that was swept out.
    pub swept: Option<Key>,
}

impl<'group> Txn<'group> {
    /// A request that sees the database below what earlier requests of its group wrote.
    pub fn new(ground: Ground<'group>, group: &'group Group) -> Self {
        let Ground { rows, started, components, index } = ground;
        let (changes, undos, telling) = (Changes::default(), Vec::new(), Telling::default());
        Self { rows, started, components, index, group, changes, undos, telling }
    }

    /// What the request changed.
    pub fn finish(self) -> Changes {
        let job = |undo| match undo {
            Undo::Job(id, _) => Some(id),
            Undo::Turn(..) | Undo::Queue(..) | Undo::Task(..) | Undo::Order(..) => None,
        };
        self.index.forget_idle();
        Changes { jobs: self.undos.into_iter().filter_map(job).collect(), ..self.changes }
    }

    /// Takes back what the request changed in memory.
    pub fn give_up(self) {
        self.undos.into_iter().rev().for_each(|undo| self.index.undo(undo));
        self.index.forget_idle();
    }

    /// The memory index, as the request has made it.
    pub fn index(&self) -> &Index {
        self.index
    }

    /// Which job is next.
    pub fn claims(&mut self) -> &mut ClaimIndex {
        self.index.claims()
    }

    /// Who is to be told of what this request changes.
    pub fn telling(&mut self) -> &mut Telling {
        &mut self.telling
    }

    /// Refuses what brings more data when the disk is nearly full, so that what is there can still
    /// be worked on and brought to its end.
    pub fn need_room(&self) -> StorageResult<()> {
        self.group.room().for_new()
    }

    /// Changes the memory index; taken back if the request fails.
    pub fn edit(&mut self, edit: Edit) {
        self.index.follow(edit, &mut self.undos);
    }

    /// Keeps in memory what an attempt was started on.
    pub fn start(&mut self, spec: JobSpec) {
        self.changes.started.push(spec);
    }

    /// What was submitted of a job that ran when the request began.
    pub fn started(&self, id: JobId) -> Option<&'group JobSpec> {
        self.started.spec(id)
    }

    /// Keeps a component's bytes, durable before the record that will name them.
    pub fn keep(&self, digest: &Digest, bytes: &[u8]) -> StorageResult<()> {
        self.components.keep(digest, bytes)
    }

    /// Deletes a component's file after the commit, if no plugin has it then.
    pub fn orphan(&mut self, digest: Digest) {
        self.changes.orphans.push(digest);
    }

    /// Writes a row that cannot exist yet.
    pub fn insert<R: Record>(&mut self, key: &Key, record: &R) -> StorageResult<()> {
        let value = codec::encode(record)?;
        if value.len() <= chunks::CHUNK_BYTES_MAX {
            self.changes.writes.insert(key.clone(), Some(value.into()));
            return Ok(());
        }
        let rows = chunks::cut(key, value);
        self.changes.writes.extend(rows.into_iter().map(|(key, row)| (key, Some(row))));
        Ok(())
    }

    /// Writes a row in place of the one that may be there.
    pub fn put<R: Record>(&mut self, key: &Key, record: &R) -> StorageResult<()> {
        // A large value that becomes smaller would leave chunks behind.
        self.remove(key)?;
        self.insert(key, record)
    }

    /// Writes a row that says everything by its key.
    pub fn mark(&mut self, key: Key) {
        self.changes.writes.insert(key, Some(IVec::default()));
    }

    /// Removes a mark.
    pub fn unmark(&mut self, key: Key) {
        self.changes.writes.insert(key, None);
    }

    /// Removes a row, if it is there.
    pub fn remove(&mut self, key: &Key) -> StorageResult<()> {
        if let Some(row) = self.row(key)? {
            for key in chunks::keys_of(key, &row)? {
                self.changes.writes.insert(key, None);
            }
        }
        Ok(())
    }

    /// The keys under a prefix and behind a key, as they were before the group, read one by one.
    pub fn stored_keys(&self, prefix: Key, after: Key) -> impl Iterator<Item = StorageResult<Key>> + use<> {
        let rows = self.rows.range((Excluded(after), Unbounded)).keys();
        rows.map(|key| key.map_err(damaged_read))
            .take_while(move |key| key.as_ref().map_or(true, |key| key.starts_with(&prefix)))
    }

    /// Up to where expired idempotency keys were swept out by the requests before this one in the group.
    pub fn swept(&self) -> Option<&'group Key> {
        self.group.swept()
    }

    /// Lets the next requests of the group go on behind this expiry.
    pub fn set_swept(&mut self, last: Key) {
        self.changes.swept = Some(last);
    }

    /// The first key under a prefix and behind a key.
    pub fn next_key(&self, prefix: &Key, behind: &Key) -> StorageResult<Option<Key>> {
        let mut behind = behind.clone();
        loop {
            let rest = || (Excluded(behind.clone()), Unbounded);
            let stored = self.rows.range(rest()).keys().next();
            let written = [self.group.writes(), &self.changes.writes]
                .into_iter()
                .filter_map(|writes| writes.range(rest()).next().map(|(key, _)| key.clone()));
            let first = stored.transpose().map_err(damaged_read)?.into_iter().chain(written).min();
            let Some(key) = first.filter(|key| key.starts_with(prefix)) else { return Ok(None) };
            if self.row(&key)?.is_some() {
                return Ok(Some(key));
            }
            behind = key;
        }
    }

    /// The last key under a prefix.
    pub fn last_key(&self, prefix: &[u8]) -> StorageResult<Option<Key>> {
        let written = |key: &[u8]| self.changes.writes.get(key).or_else(|| self.group.writes().get(key));
        let mut last = None;
        for key in self.rows.scan_prefix(prefix).keys().rev() {
            let key = key.map_err(damaged_read)?;
            if !matches!(written(&key), Some(None)) {
                last = Some(key);
                break;
            }
        }
        for writes in [self.group.writes(), &self.changes.writes] {
            let there = under(writes, prefix).filter(|(key, _)| matches!(written(key), Some(Some(_))));
            last = last.max(there.last().map(|(key, _)| key.clone()));
        }
        Ok(last)
    }

    /// Removes all rows under a prefix.
    pub fn remove_all(&mut self, prefix: &Key) -> StorageResult<()> {
        self.keys(prefix)?.iter().try_for_each(|key| self.remove(key))
    }
}

impl Rows for Txn<'_> {
    fn row(&self, key: &[u8]) -> StorageResult<Option<IVec>> {
        if let Some(row) = self.changes.writes.get(key).or_else(|| self.group.writes().get(key)) {
            return Ok(row.clone());
        }
        match self.started.row(key) {
            Some(row) => Ok(Some(row.clone())),
            None => self.rows.row(key),
        }
    }
}

impl Look for Txn<'_> {
    fn keys(&self, prefix: &[u8]) -> StorageResult<Vec<Key>> {
        let stored = self.rows.scan_prefix(prefix).keys();
        let mut there: BTreeMap<Key, bool> =
            stored.map(|key| Ok((key.map_err(damaged_read)?, true))).collect::<StorageResult<_>>()?;
        for writes in [self.group.writes(), &self.changes.writes] {
            there.extend(under(writes, prefix).map(|(key, row)| (key.clone(), row.is_some())));
        }
        Ok(there.into_iter().filter(|(_, there)| *there).map(|(key, _)| key).collect())
    }
}

/// What is written under a prefix.
fn under<'a>(writes: &'a Writes, prefix: &'a [u8]) -> impl Iterator<Item = (&'a Key, &'a Option<IVec>)> {
    writes.range::<[u8], _>((Included(prefix), Unbounded)).take_while(move |(key, _)| key.starts_with(prefix))
}
