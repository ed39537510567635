//! The embedded driver: durable state in one directory, on sled 0.34.
//!
//! ```text
//!  async methods (port.rs) --> inbox, decider: handlers/ -> domain, rows in a Txn, edits in memory
//!       |                         |  groups of requests
//!       | spawn_blocking          +--> writer: one thread, batch, flush, sync_data; then the answers
//!       v
//!     reads and lists <-- fair lock --> Database: memory, rows on their way, disk (sled, component files)
//! ```
//!
//! The layout: a job is one row, its head, until it has begun; a claim is one row for all jobs that it
//! starts; a job that ended has a second row, its state. Which jobs are due, leased or where is known in
//! memory, rebuilt at open. Nothing is answered before it is synced; sled's own flush is no sync. No other
//! module names sled.
//!
//! A disk that is nearly full refuses new jobs and plugins, while those that are there are worked on.
//! When it is full all the same, all requests of that group, and of the one behind it, fail with it and the
//! database is opened anew from disk; what was answered before is there. After any other failure of a write
//! or a sync, storage stays closed until the host is started again, because it is unknown what the disk
//! has.

mod access;
mod backup;
mod backup_port;
mod check;
mod chunks;
mod codec;
mod committer;
mod components;
mod custody;
mod database;
mod decider;
mod dir;
mod disk;
mod durable;
mod garbage;
mod group;
mod handed;
mod handlers;
mod health;
mod inbox;
mod index;
mod keys;
mod lists;
mod many;
mod memory;
mod moment;
mod open;
mod open_error;
mod operations;
mod port;
mod queues;
mod request;
mod retention;
mod running;
mod shared;
mod snapshot;
mod space;
mod synced;
mod throughput;
mod txn;
mod view;
mod writer;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

pub use backup::{RestoreError, Restored, restore, verify};
pub use check::{Checked, check};
use committer::Committer;
use database::Database;
use dir::DataDir;
pub use open_error::OpenError;
use shared::{Seen, Shared};
use snapshot::Snapshot;

use crate::domain::Timestamp;
use crate::ports::{StorageError, StorageResult};

/// Number of times that a read is tried that may pass: once beside a write that fails, and once beside the next one.
const READ_TRIES: usize = 3;

/// Durable state in one directory. Dropping it writes what was handed in and closes the directory.
pub struct SledStorage {
    shared: Arc<Shared>,
    committer: Committer,
    /// Number of steps so far to keep jobs in order and to claim them.
    claim_steps: Arc<AtomicU64>,
}

impl SledStorage {
    /// Opens the directory, creating it if need be. Blocks: a second or two for a million jobs.
    ///
    /// Leases found here were granted by a process that no longer has the directory, so no worker can
    /// renew them: they end `now`, and the first rescue takes their jobs back.
    pub fn open(dir: &Path, now: Timestamp) -> Result<Self, OpenError> {
        Self::open_slowed(dir, now, Duration::ZERO)
    }

    /// The same, on a disk that takes so much longer to sync: for trials.
    pub fn open_slowed(dir: &Path, now: Timestamp, sync_delay: Duration) -> Result<Self, OpenError> {
        let io = |error| OpenError::Io { dir: dir.to_owned(), error };
        let mut data_dir = DataDir::hold(dir)?;
        data_dir.sync_delay = sync_delay;
        let mut database = Database::open(&data_dir)?;
        data_dir.finish()?;
        database.end_leases(now);
        let shared = Arc::new(Shared::new(data_dir, database));
        let committer = Committer::start(Arc::clone(&shared)).map_err(io)?;
        Ok(Self { shared, committer, claim_steps: Arc::default() })
    }

    /// Number of steps of submissions, claims, ends and actions, each a look at the head of a lane or a move of
    /// one: they grow with what changes, and not with what waits.
    pub fn claim_steps(&self) -> u64 {
        self.claim_steps.load(Ordering::Relaxed)
    }

    /// Reads on a thread that may block, and waits until what was read holds.
    ///
    /// While a write fails, sled fails whoever reads as well. The database is opened anew then, or says for good
    /// why it is not: so a read that may pass is tried again when the write has come to its end.
    async fn read<T: Send + 'static>(
        &self,
        read: impl Fn(&Shared) -> StorageResult<Seen<T>> + Send + Sync + 'static,
    ) -> StorageResult<T> {
        let read = Arc::new(read);
        for _ in 1..READ_TRIES {
            match self.read_once(Arc::clone(&read)).await {
                Err(error) if error.may_pass() => self.await_writing().await,
                read => return read,
            }
        }
        self.read_once(read).await
    }

    async fn read_once<T: Send + 'static>(
        &self,
        read: Arc<impl Fn(&Shared) -> StorageResult<Seen<T>> + Send + Sync + 'static>,
    ) -> StorageResult<T> {
        let shared = Arc::clone(&self.shared);
        let seen = tokio::task::spawn_blocking(move || read(&shared)).await;
        let Seen { value, holds: (group, synced) } = seen.map_err(|error| failed_read(&error))??;
        synced::wait(synced, group).await?;
        Ok(value)
    }

    /// Waits until the group that is written now has arrived, or has failed.
    async fn await_writing(&self) {
        let shared = Arc::clone(&self.shared);
        if let Ok(Ok((group, synced))) = tokio::task::spawn_blocking(move || shared.decided()).await {
            // Either way the next read says what is.
            let _ = synced::wait(synced, group).await;
        }
    }

    /// Reads a few rows of one moment: on this thread when no decision is under way, which takes less time than
    /// to wake another one. A view of a job then waits its turn once, and not twice, on a busy host.
    async fn look<T: Send + 'static>(
        &self,
        look: impl Fn(&Snapshot<'_>) -> StorageResult<T> + Send + Sync + 'static,
    ) -> StorageResult<T> {
        if let Some(Ok(Seen { value, holds: (group, synced) })) = self.shared.try_look(&look)
            && synced::wait(synced, group).await.is_ok()
        {
            return Ok(value);
        }
        self.read(move |shared| shared.look(&look)).await
    }

    /// Reads many rows, under several locks. They hold when all groups that are decided by then are on the
    /// disk: two at most.
    async fn list<T: Send + 'static>(
        &self,
        list: impl Fn(&Shared) -> StorageResult<T> + Send + Sync + 'static,
    ) -> StorageResult<T> {
        self.read(move |shared| Ok(Seen { value: list(shared)?, holds: shared.decided()? })).await
    }

    /// Reads what is known in memory.
    async fn count<T: Send + 'static>(
        &self,
        count: impl Fn(&mut Database) -> T + Send + Sync + 'static,
    ) -> StorageResult<T> {
        self.read(move |shared| shared.count(&count)).await
    }
}

/// A thread that read could not come to its end.
fn failed_read(error: &tokio::task::JoinError) -> StorageError {
    StorageError::Corrupt(format!("reading failed: {error}"))
}
