//! The writes of one request, on top of those of the requests before it.
//!
//! A request reads what the groups that are not on the disk yet wrote, then the disk. What it writes joins
//! its group at once, and what is known in memory follows; both are taken back when it fails. So a refused
//! request leaves nothing behind. Nothing here writes to the disk: that is the writer's.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound::{Excluded, Unbounded};

use sled::IVec;

use super::chunks::{self, Rows};
use super::codec::{self, Record, StateRecord};
use super::disk::Disk;
use super::group::{Group, Layers, Sealed, Writes, under};
use super::index::{self, Edit, Index};
use super::keys::{self, Key};
use super::memory::Memory;
use super::running::{self, RunningJob};
use super::view::{Look, damaged_read};
use crate::domain::claim::ClaimIndex;
use crate::domain::transition::Propagation;
use crate::domain::{Digest, JobId, JobSpec, Payload};
use crate::ports::StorageResult;

/// One request at work.
pub struct Txn<'group> {
    ground: Ground<'group>,
    undos: Vec<Undo>,
    scratch: Vec<index::Undo>,
    propagation: Propagation,
    /// The payloads of jobs that an answer may name many times.
    payloads: HashMap<JobId, Payload>,
}

/// The ground that a request works on.
pub struct Ground<'group> {
    /// The disk.
    pub disk: &'group Disk,
    /// The group that is on its way there.
    pub sealed: Option<&'group Sealed>,
    /// The group of the request.
    pub group: &'group mut Group,
    /// The memory.
    pub memory: &'group mut Memory,
}

/// The undo of a change.
enum Undo {
    Row(Key, Option<Option<IVec>>),
    Index(index::Undo),
    Running(running::Undo),
}

impl<'group> Txn<'group> {
    /// A request that works on this.
    pub fn new(ground: Ground<'group>) -> Self {
        Self {
            ground,
            undos: Vec::new(),
            scratch: Vec::new(),
            propagation: Propagation::default(),
            payloads: HashMap::new(),
        }
    }

    /// Keeps what the request changed.
    pub fn finish(self) {
        self.ground.memory.index.forget_idle();
    }

    /// Takes back what the request changed.
    pub fn give_up(self) {
        let Ground { group, memory: Memory { index, running }, .. } = self.ground;
        for undo in self.undos.into_iter().rev() {
            match undo {
                Undo::Row(key, before) => group.unwrite(key, before),
                Undo::Index(undo) => index.undo(undo),
                Undo::Running(undo) => running.undo(undo),
            }
        }
        index.forget_idle();
    }

    fn layers(&self) -> Layers<'_> {
        let Ground { disk, sealed, group, .. } = &self.ground;
        Layers { group, sealed: *sealed, rows: disk.rows() }
    }

    fn rows(&self) -> &'group sled::Tree {
        self.ground.disk.rows()
    }

    fn write(&mut self, key: Key, row: Option<IVec>) {
        let before = self.ground.group.write(key.clone(), row);
        self.undos.push(Undo::Row(key, before));
    }

    /// The memory index, as the request has made it.
    pub fn index(&self) -> &Index {
        &self.ground.memory.index
    }

    /// The index of claims.
    pub fn claims(&mut self) -> &mut ClaimIndex {
        self.ground.memory.index.claims()
    }

    /// A number for a new claim, or for a job in strict order: larger than all before.
    pub fn next_number(&mut self) -> u64 {
        self.ground.memory.running.next_number()
    }

    /// The jobs whose children this request must notify.
    pub fn propagation(&mut self) -> &mut Propagation {
        &mut self.propagation
    }

    /// Refuses what brings more data when the disk is nearly full, so that what is there can still
    /// be worked on and brought to its end.
    pub fn need_space(&self) -> StorageResult<()> {
        self.ground.group.space.for_new()
    }

    /// Changes the memory index; taken back if the request fails.
    pub fn edit(&mut self, edit: Edit<'_>) {
        self.ground.memory.index.follow(edit, &mut self.scratch);
        self.undos.extend(self.scratch.drain(..).map(Undo::Index));
    }

    /// Writes where a job stands.
    pub fn save(&mut self, spec: &JobSpec, record: &StateRecord) -> StorageResult<()> {
        self.put_state(spec.id, record)?;
        self.start(spec, record)
    }

    /// Follows the state of a job whose claim is written for all its jobs together.
    pub fn start(&mut self, spec: &JobSpec, record: &StateRecord) -> StorageResult<()> {
        self.edit(Edit::Job(spec, record));
        let changed = self.ground.memory.running.follow(spec, record);
        self.note(changed)
    }

    /// Writes where a job stands that did not begin again after it was final.
    pub fn save_state(&mut self, id: JobId, record: &StateRecord) -> StorageResult<()> {
        self.put_state(id, record)?;
        self.renew(id, record)
    }

    /// Follows the state of a job without writing it: a lease of a host that goes on is not written.
    pub fn renew(&mut self, id: JobId, record: &StateRecord) -> StorageResult<()> {
        self.edit(Edit::State(id, record));
        let running = self.ground.memory.running.get(id);
        let Some(spec) = running.map(|job| job.spec.clone()) else { return Ok(()) };
        let changed = self.ground.memory.running.follow(&spec, record);
        self.note(changed)
    }

    /// Forgets a job.
    pub fn forget(&mut self, id: JobId) -> StorageResult<()> {
        self.edit(Edit::Gone(id));
        let changed = self.ground.memory.running.forget(id);
        self.note(changed)
    }

    /// A claim goes with the last of its jobs.
    fn note(&mut self, (undo, ended): (running::Undo, Option<u64>)) -> StorageResult<()> {
        self.undos.push(Undo::Running(undo));
        ended.map_or(Ok(()), |run| self.remove(&keys::claim(run)))
    }

    /// A state fits into one row: what is large of it lies in rows of its own.
    fn put_state(&mut self, id: JobId, record: &StateRecord) -> StorageResult<()> {
        let row = codec::encode(record)?;
        debug_assert!(row.len() <= chunks::CHUNK_BYTES_MAX, "the parts of a state are bounded");
        self.write(keys::state(id), Some(row.into()));
        Ok(())
    }

    /// The payload of a job. All jobs of an answer that are one and the same share it, however large it is.
    pub fn shared_payload(&mut self, id: JobId) -> StorageResult<Payload> {
        if let Some(payload) = self.payloads.get(&id) {
            return Ok(payload.clone());
        }
        let payload = self.payload(id)?;
        self.payloads.insert(id, payload.clone());
        Ok(payload)
    }

    /// A job carries something else now.
    pub fn forget_payload(&mut self, id: JobId) {
        self.payloads.remove(&id);
    }

    /// Keeps a component's bytes, durable before the record that will name them.
    pub fn keep(&self, digest: &Digest, bytes: &[u8]) -> StorageResult<()> {
        self.ground.disk.components().keep(digest, bytes)
    }

    /// Deletes a component's file after the commit, if no plugin has it then.
    pub fn orphan(&mut self, digest: Digest) {
        self.ground.group.orphans.push(digest);
    }

    /// Writes a row that cannot exist yet.
    pub fn insert<R: Record>(&mut self, key: &Key, record: &R) -> StorageResult<()> {
        self.insert_bytes(key, codec::encode(record)?);
        Ok(())
    }

    /// Writes a row that cannot exist yet, and was encoded before.
    pub fn insert_bytes(&mut self, key: &Key, value: Vec<u8>) {
        if value.len() <= chunks::CHUNK_BYTES_MAX {
            self.write(key.clone(), Some(value.into()));
            return;
        }
        let rows = chunks::cut(key, value);
        rows.into_iter().for_each(|(key, row)| self.write(key, Some(row)));
    }

    /// Writes a row in place of the one that may be there.
    pub fn put<R: Record>(&mut self, key: &Key, record: &R) -> StorageResult<()> {
        // A large value that becomes smaller would leave chunks behind.
        self.remove(key)?;
        self.insert(key, record)
    }

    /// Writes a row that says everything by its key.
    pub fn mark(&mut self, key: Key) {
        self.write(key, Some(IVec::default()));
    }

    /// Removes a mark.
    pub fn unmark(&mut self, key: Key) {
        self.write(key, None);
    }

    /// Removes a row, if it is there.
    pub fn remove(&mut self, key: &Key) -> StorageResult<()> {
        if let Some(row) = self.row(key)? {
            for key in chunks::keys_of(key, &row)? {
                self.write(key, None);
            }
        }
        Ok(())
    }

    /// The keys under a prefix and behind a key that are on the disk, read one by one.
    pub fn stored_keys(&self, prefix: Key, after: Key) -> impl Iterator<Item = StorageResult<Key>> + use<> {
        let rows = self.rows().range((Excluded(after), Unbounded)).keys();
        rows.map(|key| key.map_err(damaged_read))
            .take_while(move |key| key.as_ref().map_or(true, |key| key.starts_with(&prefix)))
    }

    /// Up to where expired idempotency keys were swept out by the requests before this one in the group.
    pub fn swept(&self) -> Option<&Key> {
        self.ground.group.swept.as_ref()
    }

    /// Makes the next requests of the group continue behind this expiry.
    pub fn set_swept(&mut self, last: Key) {
        self.ground.group.swept = Some(last);
    }

    /// The first key under a prefix and behind a key.
    pub fn next_key(&self, prefix: &Key, behind: &Key) -> StorageResult<Option<Key>> {
        let mut behind = behind.clone();
        loop {
            let rest = || (Excluded(behind.clone()), Unbounded);
            let stored = self.rows().range(rest()).keys().next();
            let written = self.written().filter_map(|writes| writes.range(rest()).next());
            let written = written.map(|(key, _)| key.clone());
            let first = stored.transpose().map_err(damaged_read)?.into_iter().chain(written).min();
            let Some(key) = first.filter(|key| key.starts_with(prefix)) else { return Ok(None) };
            if self.row(&key)?.is_some() {
                return Ok(Some(key));
            }
            behind = key;
        }
    }

    /// The last `limit` keys under a prefix, the last one first.
    pub fn last_keys(&self, prefix: &[u8], limit: usize) -> StorageResult<Vec<Key>> {
        let mut last = BTreeSet::new();
        let there = |key: &[u8]| self.written().find_map(|writes| writes.get(key)).map(Option::is_some);
        for key in self.rows().scan_prefix(prefix).keys().rev() {
            let key = key.map_err(damaged_read)?;
            if there(&key) != Some(false) {
                last.insert(key);
            }
            if last.len() == limit {
                break;
            }
        }
        for writes in self.written() {
            let keys = under(writes, prefix).rev().map(|(key, _)| key);
            last.extend(keys.filter(|key| there(key) == Some(true)).take(limit).cloned());
        }
        Ok(last.into_iter().rev().take(limit).collect())
    }

    /// Removes all rows under a prefix.
    pub fn remove_all(&mut self, prefix: &Key) -> StorageResult<()> {
        self.keys(prefix)?.iter().try_for_each(|key| self.remove(key))
    }

    /// Writes that are not on the disk yet, the latest first.
    fn written(&self) -> impl Iterator<Item = &Writes> {
        self.layers().unsynced().map(|(_, writes)| writes)
    }
}

impl Rows for Txn<'_> {
    fn row(&self, key: &[u8]) -> StorageResult<Option<IVec>> {
        match self.written().find_map(|writes| writes.get(key)) {
            Some(row) => Ok(row.clone()),
            None => self.rows().row(key),
        }
    }
}

impl Look for Txn<'_> {
    fn keys(&self, prefix: &[u8]) -> StorageResult<Vec<Key>> {
        merged_keys(self.rows(), self.written().collect(), prefix)
    }

    fn running(&self, id: JobId) -> Option<&RunningJob> {
        self.ground.memory.running.get(id)
    }
}

/// The keys under a prefix: those on the disk, below what was written since, the latest first.
pub fn merged_keys(rows: &sled::Tree, written: Vec<&Writes>, prefix: &[u8]) -> StorageResult<Vec<Key>> {
    let stored = rows.scan_prefix(prefix).keys();
    let mut there: BTreeMap<Key, bool> =
        stored.map(|key| Ok((key.map_err(damaged_read)?, true))).collect::<StorageResult<_>>()?;
    for writes in written.into_iter().rev() {
        there.extend(under(writes, prefix).map(|(key, row)| (key.clone(), row.is_some())));
    }
    Ok(there.into_iter().filter(|(_, there)| *there).map(|(key, _)| key).collect())
}
