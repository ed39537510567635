//! What the writing thread and the readers share: the database behind one fair lock.
//!
//! The lock is fair (tokio's), because the writer would take any other again before a reader wakes.
//! Nobody waits for it on an async thread: a group holds it over a sync.

use std::io::ErrorKind;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{RwLock, RwLockWriteGuard};

use super::database::{CommitError, Database};
use super::dir::DataDir;
use super::open::OpenError;
use super::room;
use crate::ports::{StorageError, StorageResult};

/// How often a database that failed is opened again: reading the index takes seconds at a million jobs.
const REOPEN_PAUSE: Duration = Duration::from_secs(1);

/// How long a disk counts as full after it refused a write. Then the next write may try.
const FULL_FOR: Duration = Duration::from_secs(5);

/// Shared by the writing thread and the readers.
pub struct Shared {
    dir: DataDir,
    state: RwLock<State>,
    /// When the disk last refused a write for want of room, and what was said.
    full: Mutex<Option<(Instant, StorageError)>>,
}

/// Whether the database can be used.
pub enum State {
    /// It can.
    Open(Box<Database>),
    /// A write failed, and so did opening it again.
    Failed {
        /// What to tell everybody.
        error: StorageError,
        /// When to try again; never when the disk failed.
        retry_at: Option<Instant>,
    },
}

impl Shared {
    /// Shares an open database.
    pub fn new(dir: DataDir, database: Database) -> Self {
        Self { dir, state: RwLock::new(State::Open(Box::new(database))), full: Mutex::new(None) }
    }

    /// Whether new jobs would be stored now. Blocks.
    pub fn takes_jobs(&self) -> StorageResult<()> {
        self.read(|database| database.room().for_new())?;
        match &*self.full.lock().unwrap_or_else(PoisonError::into_inner) {
            Some((at, error)) if at.elapsed() < FULL_FOR => Err(error.clone()),
            _ => Ok(()),
        }
    }

    /// Reads. Blocks.
    pub fn read<T>(&self, read: impl FnOnce(&Database) -> StorageResult<T>) -> StorageResult<T> {
        match &*self.state.blocking_read() {
            State::Open(database) => read(database),
            State::Failed { error, .. } => Err(error.clone()),
        }
    }

    /// Reads what sorts the index. Blocks.
    pub fn sort<T>(&self, read: impl FnOnce(&mut Database) -> T) -> StorageResult<T> {
        match &mut *self.state.blocking_write() {
            State::Open(database) => Ok(read(database)),
            State::Failed { error, .. } => Err(error.clone()),
        }
    }

    /// Takes the database for a group. Blocks.
    pub fn write(&self) -> RwLockWriteGuard<'_, State> {
        self.state.blocking_write()
    }

    /// Closes the database, also for readers that still hold this.
    pub fn close(&self) {
        let error = StorageError::Unavailable("storage is closed".to_owned());
        *self.write() = State::Failed { error, retry_at: None };
    }
}

impl State {
    /// The database for writing, opened again if it failed a while ago. Without room for a commit it is
    /// refused before anything is written: a commit that fails would close it, also for readers.
    pub fn open(&mut self, shared: &Shared) -> StorageResult<&mut Database> {
        if let State::Failed { retry_at: Some(retry_at), .. } = self
            && *retry_at <= Instant::now()
        {
            self.reopen(shared);
        }
        match self {
            State::Open(database) => database.room().for_commit().map(|()| &mut **database),
            State::Failed { error, .. } => Err(error.clone()),
        }
    }

    /// Ends the use of a database that could not commit; says what to tell the group.
    pub fn fail(&mut self, cause: CommitError, shared: &Shared) -> StorageError {
        let again = !matches!(cause, CommitError::Sync(_));
        let error = StorageError::from(cause);
        if matches!(error, StorageError::Full(_)) {
            let mut full = shared.full.lock().unwrap_or_else(PoisonError::into_inner);
            *full = Some((Instant::now(), error.clone()));
        }
        // Assigning drops the database, and sled's lock with it.
        *self = State::Failed { error: error.clone(), retry_at: None };
        if again {
            self.reopen(shared);
        }
        error
    }

    /// What everybody is told while it cannot be opened. sled may call a disk without room damage, which it
    /// was not until it was full.
    fn told(&self, error: &OpenError) -> StorageError {
        let was_full = matches!(self, State::Failed { error: StorageError::Full(_), .. });
        match error {
            OpenError::Io { error, .. } if room::is_missing(error.kind()) => {
                StorageError::Full(error.to_string())
            }
            error if was_full => StorageError::Full(error.to_string()),
            error => StorageError::Unavailable(error.to_string()),
        }
    }

    fn reopen(&mut self, shared: &Shared) {
        *self = match Database::open(&shared.dir) {
            Ok(database) => State::Open(Box::new(database)),
            Err(error) => State::Failed {
                retry_at: may_pass(&error).then(|| Instant::now() + REOPEN_PAUSE),
                error: self.told(&error),
            },
        };
    }
}

/// Whether it is sound to try again. Opening writes as well: after an error of the disk nobody can tell
/// which of that is there.
fn may_pass(error: &OpenError) -> bool {
    match error {
        // The last kind is sled's for a lock that it did not get yet.
        OpenError::Io { error, .. } => room::is_missing(error.kind()) || error.kind() == ErrorKind::Other,
        // sled says so too when it finds no room.
        _ => true,
    }
}
