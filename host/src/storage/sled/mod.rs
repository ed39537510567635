//! The embedded driver: durable state in one directory, on sled 0.34.
//!
//! ```text
//!  async methods (port.rs) --channel--> committer: one thread, a group of requests at a time
//!       |                                  handle: handlers/ -> domain, rows in a Txn, edits of the index
//!       | spawn_blocking                   commit: one batch, flush, sync_data; then the answers
//!       v                                     |
//!     reads and lists  <---- fair lock ----  Database: sled + memory index + component files
//! ```
//!
//! The layout: a job's specification is written once, a small state record beside it is rewritten,
//! and which jobs are due, leased or where is known in memory, rebuilt at open. Nothing is answered
//! before it is synced; sled's own flush is no sync. No other module names sled.
//!
//! A disk that is nearly full refuses new jobs and plugins, while those that are there are worked on.
//! When it is full all the same, everybody of that group is told so and the database is opened anew
//! from disk; what was answered before is there. After any other failure of a write or a sync, storage
//! stays closed until the host is started again, because nobody can tell what the disk has.

mod chunks;
mod codec;
mod committer;
mod components;
mod custody;
mod database;
mod dir;
mod garbage;
mod handlers;
mod health;
mod index;
mod keys;
mod lists;
mod many;
mod open;
mod pace;
mod port;
mod queues;
mod retention;
mod room;
mod shared;
mod started;
mod txn;
mod view;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use committer::Committer;
use database::Database;
use dir::DataDir;
pub use open::OpenError;
use shared::Shared;

use crate::domain::Timestamp;
use crate::ports::{StorageError, StorageResult};

/// Durable state in one directory. Dropping it writes what was handed in and closes the directory.
pub struct SledStorage {
    shared: Arc<Shared>,
    committer: Committer,
    /// How much claims looked at.
    claim_steps: AtomicU64,
}

impl SledStorage {
    /// Opens the directory, creating it if need be. Blocks: a second or two for a million jobs.
    ///
    /// Leases found here were granted by a process that no longer has the directory, so nobody can
    /// renew them: they end `now`, and the first rescue takes their jobs back.
    pub fn open(dir: &Path, now: Timestamp) -> Result<Self, OpenError> {
        let io = |error| OpenError::Io { dir: dir.to_owned(), error };
        let data_dir = DataDir::hold(dir)?;
        let mut database = Database::open(&data_dir)?;
        data_dir.finish()?;
        database.end_leases(now).map_err(|error| io(std::io::Error::other(error)))?;
        let shared = Arc::new(Shared::new(data_dir, database));
        let committer = Committer::start(Arc::clone(&shared)).map_err(io)?;
        Ok(Self { shared, committer, claim_steps: AtomicU64::new(0) })
    }

    /// How many steps all claims took, each a look at the head of a lane or a move of one: they grow with
    /// what is started, and not with what waits.
    pub fn claim_steps(&self) -> u64 {
        self.claim_steps.load(Ordering::Relaxed)
    }

    /// Reads on a thread that may block.
    async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Shared) -> StorageResult<T> + Send + 'static,
    ) -> StorageResult<T> {
        let shared = Arc::clone(&self.shared);
        let answer = tokio::task::spawn_blocking(move || read(&shared)).await;
        answer.unwrap_or_else(|error| Err(StorageError::Corrupt(format!("reading failed: {error}"))))
    }

    /// Reads rows on a thread that may block.
    async fn look<T: Send + 'static>(
        &self,
        read: impl FnOnce(&sled::Tree) -> StorageResult<T> + Send + 'static,
    ) -> StorageResult<T> {
        self.read(|shared| shared.read(|database| read(database.rows()))).await
    }
}
