//! Everything that is decided: what is known in memory, the rows on their way to the disk, and the disk.
//!
//! Memory is changed while requests are handled, ahead of the disk, so that the next request
//! sees it. That is sound only because a group whose write fails ends the whole value, the groups behind it
//! with it: nothing uses a database again that could not write.

use std::sync::Arc;

use tokio::sync::watch;

use super::dir::DataDir;
use super::disk::Disk;
use super::group::{Group, Layers, Sealed};
use super::index::Index;
use super::memory::Memory;
use super::open::unpanicked;
use super::open_error::OpenError;
use super::snapshot::Snapshot;
use super::synced::Synced;
use super::txn::{Ground, Txn};
use crate::domain::Timestamp;
use crate::metering::catalog::{INDEX_BYTES, INDEX_JOBS};
use crate::ports::{StorageError, StorageResult};

/// An open database.
pub struct Database {
    disk: Arc<Disk>,
    memory: Memory,
    /// The group that is decided now.
    group: Group,
    /// The one before it, while it is written.
    sealed: Option<Sealed>,
    synced: watch::Sender<Synced>,
}

impl Database {
    /// Opens what is in the directory and reads from it what is known in memory.
    pub fn open(dir: &DataDir) -> Result<Self, OpenError> {
        let damaged = |reason: String| OpenError::Damaged { dir: dir.path().to_owned(), reason };
        let disk = Disk::open(dir)?;
        let read = unpanicked(|| Memory::read(disk.rows()));
        let (memory, ended_claims) = read
            .and_then(|read: StorageResult<_>| read.map_err(|error| error.to_string()))
            .map_err(damaged)?;
        let mut group = Group::new(1, disk.space());
        // They go with the first group that is written.
        ended_claims.into_iter().for_each(|key| drop(group.write(key, None)));
        let (synced, _) = watch::channel(Synced::upto(0));
        Ok(Self { disk: Arc::new(disk), memory, group, sealed: None, synced })
    }

    /// Ends the leases that hosts took before this process opened the directory.
    pub fn end_leases(&mut self, now: Timestamp) {
        self.memory.end_leases(now);
    }

    /// The disk.
    pub fn disk(&self) -> &Arc<Disk> {
        &self.disk
    }

    /// The memory index.
    pub fn index(&self) -> &Index {
        &self.memory.index
    }

    /// The memory index, for questions that sort it.
    pub fn index_mut(&mut self) -> &mut Index {
        &mut self.memory.index
    }

    /// Everything as it is decided now, for reading.
    pub fn snapshot(&self) -> Snapshot<'_> {
        Snapshot::new(self.layers(), &self.memory.running)
    }

    /// The number of the latest group that decided something.
    pub fn decided(&self) -> u64 {
        // A group without requests is not on its way, whatever was found to be written when it began.
        let is_empty = self.group.is_new || self.group.writes.is_empty();
        if is_empty { self.group.number - 1 } else { self.group.number }
    }

    /// The groups that are on the disk.
    pub fn synced(&self) -> &watch::Sender<Synced> {
        &self.synced
    }

    /// The group that is decided now.
    pub fn group(&self) -> &Group {
        &self.group
    }

    fn layers(&self) -> Layers<'_> {
        Layers { group: &self.group, sealed: self.sealed.as_ref(), rows: self.disk.rows() }
    }

    /// Handles one request; what it wrote joins the group if it succeeds.
    pub fn handle<T>(&mut self, request: impl FnOnce(&mut Txn<'_>) -> StorageResult<T>) -> StorageResult<T> {
        let Self { disk, memory, group, sealed, .. } = self;
        let mut txn = Txn::new(Ground { disk, sealed: sealed.as_ref(), group, memory });
        let answer = request(&mut txn);
        match &answer {
            Ok(_) => txn.finish(),
            Err(_) => txn.give_up(),
        }
        answer
    }

    /// Ends the group that is decided now: it goes to the disk, and requests from now on make the next one.
    /// The one before it must have arrived.
    pub fn seal(&mut self) -> Group {
        INDEX_BYTES.set(self.memory.index.bytes() as f64);
        INDEX_JOBS.set(self.memory.index.jobs() as f64);
        let next = Group::new(self.group.number + 1, self.disk.space());
        let group = std::mem::replace(&mut self.group, next);
        self.sealed = Some(Sealed { number: group.number, writes: Arc::clone(&group.writes) });
        group
    }

    /// The sealed group has arrived on the disk.
    pub fn arrived(&mut self) {
        self.sealed = None;
    }

    /// Prepares for a request. The first one of a group looks how much room there is: without room for a
    /// group it is refused.
    pub fn begin(&mut self) -> StorageResult<()> {
        if self.group.is_new {
            self.group.space = self.disk.space();
            self.group.space.for_commit()?;
            self.group.is_new = false;
        }
        Ok(())
    }

    /// Lets all that wait for a group know that it failed.
    pub fn fail(self, error: &StorageError) {
        self.synced.send_replace(Synced::failed(error.clone()));
    }
}
