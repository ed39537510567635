//! sled and the memory index together, and the one way to change both.
//!
//! The index is changed while requests are handled, so that the next request of the group sees it.
//! That is sound only because a group whose commit fails ends the whole value: nothing uses a
//! database again that said it could not write.

use std::fs::File;
use std::time::Duration;

use super::codec::{self, OrderMark, StateRecord};
use super::components::Components;
use super::dir::DataDir;
use super::index::Index;
use super::keys::{self, Key};
use super::open::{OpenError, open_sled, unpanicked};
use super::pace::Stopwatch;
use super::room::{self, Room};
use super::started::Started;
use super::txn::{Changes, Edit, Ground, Txn, Writes};
use super::view::{Look, damaged_read};
use crate::domain::{Digest, Phase, Timestamp};
use crate::ports::{StorageError, StorageResult};

/// An open database.
pub struct Database {
    db: sled::Db,
    /// An own handle of sled's file, because sled's flush is no sync on Linux.
    file: File,
    index: Index,
    started: Started,
    components: Components,
}

/// What a group of requests wrote so far.
pub struct Group {
    writes: Writes,
    orphans: Vec<Digest>,
    swept: Option<Key>,
    bytes: usize,
    room: Room,
}

impl Group {
    /// The rows.
    pub fn writes(&self) -> &Writes {
        &self.writes
    }

    /// Up to where expired idempotency keys were swept out.
    pub fn swept(&self) -> Option<&Key> {
        self.swept.as_ref()
    }

    /// How much room the disk had when the group began.
    pub fn room(&self) -> Room {
        self.room
    }

    /// How many bytes it writes.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

/// Why a commit failed.
pub enum CommitError {
    /// The disk had no room. Nothing that was synced before is touched: what is on disk is whole, and can
    /// be opened again.
    Full(String),
    /// Nothing was written yet. What is on disk is whole as well.
    Write(String),
    /// The disk failed, or may have. What the system then has in memory may never reach the disk, and
    /// nobody can tell: only a new start, after somebody looked at the disk, is honest.
    Sync(String),
}

impl Database {
    /// Opens what is in the directory and reads the index from it.
    pub fn open(dir: &DataDir) -> Result<Self, OpenError> {
        let path = dir.path();
        let io = |error| OpenError::Io { dir: path.to_owned(), error };
        let damaged = |reason: String| OpenError::Damaged { dir: path.to_owned(), reason };
        let db = open_sled(path)?;
        let read = || Ok((rebuild(&db)?, db.catalog()?));
        let (index, catalog) = unpanicked(read)
            .and_then(|read: StorageResult<_>| read.map_err(|e| e.to_string()))
            .map_err(damaged)?;
        let file = File::open(path.join("db")).map_err(io)?;
        let components = Components::open(path, &catalog).map_err(io)?;
        Ok(Self { db, file, index, started: Started::default(), components })
    }

    /// The rows, for reading.
    pub fn rows(&self) -> &sled::Tree {
        &self.db
    }

    /// The memory index.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// The memory index, for questions that sort it.
    pub fn index_mut(&mut self) -> &mut Index {
        &mut self.index
    }

    /// The bytes of plugins.
    pub fn components(&self) -> &Components {
        &self.components
    }

    /// Begins a group.
    pub fn begin(&self) -> Group {
        Group { writes: Writes::new(), orphans: Vec::new(), swept: None, bytes: 0, room: self.room() }
    }

    /// How much room the disk has.
    pub fn room(&self) -> Room {
        room::left(&self.file)
    }

    /// Handles one request; what it wrote joins the group if it succeeds.
    pub fn handle<T>(
        &mut self,
        group: &mut Group,
        request: impl FnOnce(&mut Txn<'_>) -> StorageResult<T>,
    ) -> StorageResult<T> {
        let Self { db, index, started, components, .. } = self;
        let mut txn = Txn::new(Ground { rows: db, started, components, index }, group);
        let answer = match request(&mut txn) {
            Ok(answer) => answer,
            Err(error) => {
                txn.give_up();
                return Err(error);
            }
        };
        let Changes { writes, jobs, started, orphans, swept } = txn.finish();
        group.bytes += writes.values().flatten().map(|row| row.len()).sum::<usize>();
        self.started.follow_rows(&writes);
        group.orphans.extend(orphans);
        group.swept = swept.or(group.swept.take());
        jobs.into_iter().filter(|id| !self.index.runs(*id)).for_each(|id| self.started.forget(id));
        started.into_iter().for_each(|spec| self.started.keep(spec, &writes));
        group.writes.extend(writes);
        Ok(answer)
    }

    /// Makes a group durable, and says how long the disk took; nothing, when there was nothing to write.
    /// After an error this database must not be used again.
    pub fn commit(&mut self, group: Group) -> Result<Option<Duration>, CommitError> {
        if group.writes.is_empty() {
            return Ok(None);
        }
        let mut batch = sled::Batch::default();
        for (key, row) in group.writes {
            match row {
                Some(row) => batch.insert(key, row),
                None => batch.remove(key),
            }
        }
        let mut sync = Stopwatch::start();
        let written = unpanicked(|| {
            self.db.apply_batch(batch)?;
            sync = Stopwatch::start();
            self.db.flush()
        });
        // A panic of sled in the midst of writing may have any cause.
        written.map_err(CommitError::Sync)?.map_err(|error| self.failed_write(error))?;
        self.file.sync_data().map_err(|error| CommitError::Sync(error.to_string()))?;
        let took = sync.elapsed();
        self.forget_orphans(&group.orphans);
        Ok(Some(took))
    }

    /// Tells a disk without room from one that fails. sled's flush also waits for the system to move
    /// pages to the disk, and a page that the system could not move is forgotten and looks clean
    /// afterwards: a database opened on it would show what a power cut takes back.
    fn failed_write(&self, error: sled::Error) -> CommitError {
        let reason = error.to_string();
        match error {
            sled::Error::Io(error) if room::is_missing(error.kind()) => {}
            _ => return CommitError::Sync(reason),
        }
        // The system may find that it has no room only when it moves pages, and says so once to each
        // handle: this one has not heard of it.
        match self.file.sync_data() {
            Ok(()) => CommitError::Full(reason),
            Err(error) => CommitError::Sync(error.to_string()),
        }
    }

    fn forget_orphans(&self, orphans: &[Digest]) {
        if orphans.is_empty() {
            return;
        }
        // A component whose owners cannot be read stays; the next open looks again.
        let Ok(catalog) = self.db.catalog() else { return };
        orphans
            .iter()
            .filter(|digest| !catalog.holds(digest))
            .for_each(|digest| self.components.forget(digest));
    }

    /// Ends all leases that were granted before this process opened the directory: their holder held
    /// the directory too, so it is dead, and its jobs need not wait for their leases to run out.
    pub fn end_leases(&mut self, now: Timestamp) -> StorageResult<()> {
        let mut group = self.begin();
        for id in self.index.running() {
            self.handle(&mut group, |txn| {
                let Some(mut record) = txn.record::<StateRecord>(&keys::state(id))? else { return Ok(()) };
                let Phase::Running { lease } = &mut record.state.phase else { return Ok(()) };
                lease.expires_at = lease.expires_at.min(now);
                txn.put(&keys::state(id), &record)?;
                txn.edit(Edit::Job(id, Some(Box::new(record))));
                Ok(())
            })?;
        }
        self.commit(group)?;
        Ok(())
    }
}

impl From<CommitError> for StorageError {
    fn from(error: CommitError) -> Self {
        match error {
            CommitError::Full(reason) => StorageError::Full(reason),
            CommitError::Write(reason) => StorageError::Unavailable(format!("writing failed: {reason}")),
            CommitError::Sync(reason) => StorageError::Unavailable(format!(
                "syncing failed: {reason}; check the disk, then start the host again"
            )),
        }
    }
}

fn rebuild(db: &sled::Db) -> StorageResult<Index> {
    let mut index = Index::default();
    for (_, order) in db.records::<OrderMark>(&keys::lone_orders())? {
        index.apply(Edit::Order(order.id, Some(order.standing)));
    }
    for (name, record) in db.queues()? {
        index.apply(Edit::Queue(name, record));
    }
    for (name, record) in db.tasks()? {
        index.apply(Edit::Task(name, record));
    }
    for row in db.scan_prefix(keys::states()) {
        let (key, row) = row.map_err(damaged_read)?;
        let id = keys::trailing_job(&key)
            .ok_or_else(|| StorageError::Corrupt("the key of a state holds no job".to_owned()))?;
        let record: StateRecord = match row.first() {
            // A chunked one: rare, and the way round is the general one.
            Some(0) => db.record(&key)?.ok_or_else(|| StorageError::Corrupt(format!("state of {id}")))?,
            _ => codec::decode(&row)?,
        };
        if let Some(order) = record.order {
            index.apply(Edit::Order(order.id, Some(order.standing)));
        }
        index.apply(Edit::Job(id, Some(Box::new(record))));
    }
    Ok(index)
}
