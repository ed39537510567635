//! The disk: sled, and the files of components.

use std::fs::File;
use std::thread;
use std::time::Duration;

use super::components::Components;
use super::dir::DataDir;
use super::group::Writes;
use super::moment::Moment;
use super::open::{open_sled, unpanicked};
use super::open_error::OpenError;
use super::space::{self, DiskSpace};
use super::view::{Look, damaged_read};
use crate::domain::Digest;
use crate::ports::{StorageError, StorageResult};

/// The durable rows and files. Any thread reads; one thread writes.
pub struct Disk {
    db: sled::Db,
    /// An own handle of sled's file, because sled's flush is no sync on Linux.
    file: File,
    components: Components,
    /// For backups.
    moment: Moment,
    sync_delay: Duration,
}

/// Why a write failed.
pub enum CommitError {
    /// The disk had no room. Nothing that was synced before is touched: what is on disk is whole, and can
    /// be opened again.
    Full(String),
    /// Nothing was written yet. What is on disk is whole as well.
    Write(String),
    /// The disk failed, or may have. What the system then has in memory may never reach the disk, and
    /// it is unknown: only a new start, after an operator looked at the disk, is honest.
    Sync(String),
}

impl Disk {
    /// Opens what is in the directory.
    pub fn open(dir: &DataDir) -> Result<Self, OpenError> {
        let path = dir.path();
        let io = |error| OpenError::Io { dir: path.to_owned(), error };
        let damaged = |reason: String| OpenError::Damaged { dir: path.to_owned(), reason };
        let db = open_sled(path)?;
        let catalog = unpanicked(|| db.catalog())
            .and_then(|read| read.map_err(|error| error.to_string()))
            .map_err(damaged)?;
        let file = File::open(path.join("db")).map_err(io)?;
        let components = Components::open(path, &catalog).map_err(io)?;
        Ok(Self { db, file, components, moment: Moment::default(), sync_delay: dir.sync_delay })
    }

    /// The rows, for reading.
    pub fn rows(&self) -> &sled::Tree {
        &self.db
    }

    /// The bytes of plugins.
    pub fn components(&self) -> &Components {
        &self.components
    }

    /// The reading of all rows of one moment.
    pub fn moment(&self) -> &Moment {
        &self.moment
    }

    /// The space on the disk.
    pub fn space(&self) -> DiskSpace {
        space::left(&self.file)
    }

    /// The bytes that the database takes.
    pub fn bytes(&self) -> StorageResult<u64> {
        self.db.size_on_disk().map_err(damaged_read)
    }

    /// The free bytes on the disk, if the system says so.
    pub fn free_bytes(&self) -> Option<u64> {
        space::free_bytes(&self.file)
    }

    /// Writes and syncs rows. After an error nothing may be written any more.
    pub fn write(&self, writes: &Writes) -> Result<(), CommitError> {
        let written = self.write_all(writes);
        if written.is_err() {
            self.moment.fail("the database could not be written");
        }
        written
    }

    fn write_all(&self, writes: &Writes) -> Result<(), CommitError> {
        let mut batch = sled::Batch::default();
        for (key, row) in writes {
            match row {
                Some(row) => batch.insert(key.clone(), row.clone()),
                None => batch.remove(key.clone()),
            }
        }
        let written = unpanicked(|| {
            self.moment.while_kept(&self.db, writes, || self.db.apply_batch(batch))?;
            self.db.flush()
        });
        // A panic of sled in the midst of writing may have any cause.
        written.map_err(CommitError::Sync)?.map_err(|error| self.failed_write(error))?;
        self.file.sync_data().map_err(|error| CommitError::Sync(error.to_string()))?;
        if !self.sync_delay.is_zero() {
            thread::sleep(self.sync_delay);
        }
        Ok(())
    }

    /// Distinguishes a full disk from one that fails. sled's flush also waits for the system to move
    /// pages to the disk, and a page that the system could not move is forgotten and looks clean
    /// afterwards: a database opened on it would show what a power cut takes back.
    fn failed_write(&self, error: sled::Error) -> CommitError {
        let reason = error.to_string();
        match error {
            sled::Error::Io(error) if space::is_missing(error.kind()) => {}
            _ => return CommitError::Sync(reason),
        }
        // The system may find that it has no room only when it moves pages, and says so once to each
        // handle: this one has not heard of it.
        match self.file.sync_data() {
            Ok(()) => CommitError::Full(reason),
            Err(error) => CommitError::Sync(error.to_string()),
        }
    }

    /// Deletes those of these components that no plugin has.
    pub fn forget_orphans(&self, orphans: &[Digest]) {
        // A backup still reads those of its moment. What stays is found at the next open.
        if orphans.is_empty() || self.moment.is_read() {
            return;
        }
        // A component whose owners cannot be read stays; the next open looks again.
        let Ok(catalog) = self.db.catalog() else { return };
        let orphans = orphans.iter().filter(|digest| !catalog.holds(digest));
        orphans.for_each(|digest| self.components.forget(digest));
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
