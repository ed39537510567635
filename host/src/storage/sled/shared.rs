//! The state that the decider and the readers share: the database behind one fair lock, which is never held over a wait
//! for the disk to sync.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Mutex, RwLock, RwLockWriteGuard};
use tokio::sync::watch;

use super::database::Database;
use super::dir::DataDir;
use super::disk::{CommitError, Disk};
use super::group::Group;
use super::open_error::OpenError;
use super::snapshot::Snapshot;
use super::space;
use super::synced::Synced;
use crate::ports::{StorageError, StorageResult};

/// Pause before a database that failed is opened again: reading the index takes seconds at a million jobs.
const REOPEN_PAUSE: Duration = Duration::from_secs(1);

/// Time for which a disk counts as full after it refused a write. Then the next write may try.
const FULL_FOR: Duration = Duration::from_secs(5);

/// Shared by the decider and the readers.
pub struct Shared {
    dir: DataDir,
    state: RwLock<State>,
    /// When the disk last refused a write for want of room, and what was said.
    full: Mutex<Option<(Instant, StorageError)>>,
}

/// Whether the database can be used.
enum State {
    /// It can.
    Open(Box<Database>),
    /// A write failed, and so did opening it again.
    Failed {
        /// The error of all requests.
        error: StorageError,
        /// When to try again; never when the disk failed.
        retry_at: Option<Instant>,
    },
}

/// Something that was read, and when it holds: as soon as this group is on the disk.
pub struct Seen<T> {
    /// The value that was read.
    pub value: T,
    /// The group, and where to learn that it arrived.
    pub holds: (u64, watch::Receiver<Synced>),
}

impl Shared {
    /// Shares an open database.
    pub fn new(dir: DataDir, database: Database) -> Self {
        Self { dir, state: RwLock::new(State::Open(Box::new(database))), full: Mutex::new(None) }
    }

    /// Whether new jobs would be stored now.
    pub fn takes_jobs(&self) -> StorageResult<()> {
        self.read(|database| database.disk().space().for_new())?;
        match &*self.full.lock() {
            Some((at, error)) if at.elapsed() < FULL_FOR => Err(error.clone()),
            _ => Ok(()),
        }
    }

    /// Reads what is decided, on disk or not.
    pub fn read<T>(&self, read: impl FnOnce(&Database) -> StorageResult<T>) -> StorageResult<T> {
        match &*self.state.read() {
            State::Open(database) => read(database),
            State::Failed { error, .. } => Err(error.clone()),
        }
    }

    /// Reads a few rows of one moment. They hold when the groups that wrote them are on the disk.
    pub fn look<T>(&self, look: impl FnOnce(&Snapshot<'_>) -> StorageResult<T>) -> StorageResult<Seen<T>> {
        self.read(|database| seen(database, look))
    }

    /// The same, unless it would have to wait for a decision, or the database is closed.
    pub fn try_look<T>(
        &self,
        look: impl FnOnce(&Snapshot<'_>) -> StorageResult<T>,
    ) -> Option<StorageResult<Seen<T>>> {
        match &*self.state.try_read()? {
            State::Open(database) => Some(seen(database, look)),
            State::Failed { .. } => None,
        }
    }

    /// Reads what is known in memory. It holds when all groups that are decided now are on the disk.
    pub fn count<T>(&self, count: impl FnOnce(&mut Database) -> T) -> StorageResult<Seen<T>> {
        match &mut *self.state.write() {
            State::Open(database) => {
                let value = count(database);
                Ok(Seen { value, holds: (database.decided(), database.synced().subscribe()) })
            }
            State::Failed { error, .. } => Err(error.clone()),
        }
    }

    /// The groups that are decided now.
    pub fn decided(&self) -> StorageResult<(u64, watch::Receiver<Synced>)> {
        self.read(|database| Ok((database.decided(), database.synced().subscribe())))
    }

    /// Decides something, in a database that is opened again if it failed a while ago. Returns how many bytes
    /// its group writes. Without room for a group it is refused before anything is decided: a write that
    /// fails would close it, also for readers.
    pub fn decide(&self, decide: impl FnOnce(&mut Database)) -> StorageResult<usize> {
        let mut state = self.state.write();
        if let State::Failed { retry_at: Some(retry_at), .. } = &*state
            && *retry_at <= Instant::now()
        {
            state.reopen(&self.dir);
        }
        let decided = match &mut *state {
            State::Open(database) => database.begin().map(|()| {
                decide(database);
                database.group().bytes
            }),
            State::Failed { error, .. } => Err(error.clone()),
        };
        // A reader that waits comes in between: this thread would take any other lock again before it wakes.
        RwLockWriteGuard::unlock_fair(state);
        decided
    }

    /// Ends the group that is decided now; where it goes, and where readers learn that it arrived.
    pub fn seal(&self) -> StorageResult<(Arc<Disk>, Group, watch::Sender<Synced>)> {
        match &mut *self.state.write() {
            State::Open(database) => {
                let group = database.seal();
                Ok((Arc::clone(database.disk()), group, database.synced().clone()))
            }
            State::Failed { error, .. } => Err(error.clone()),
        }
    }

    /// The group that was sealed is on the disk.
    pub fn arrived(&self) {
        if let State::Open(database) = &mut *self.state.write() {
            database.arrived();
        }
    }

    /// Ends the use of a database that could not write; returns the error of its groups.
    pub fn fail(&self, cause: CommitError) -> StorageError {
        let may_reopen = !matches!(cause, CommitError::Sync(_));
        let error = StorageError::from(cause);
        if matches!(error, StorageError::Full(_)) {
            *self.full.lock() = Some((Instant::now(), error.clone()));
        }
        let mut state = self.state.write();
        state.end(error.clone());
        if may_reopen {
            state.reopen(&self.dir);
        }
        error
    }

    /// Closes the database, also for readers that still hold this.
    pub fn close(&self) {
        self.state.write().end(StorageError::Unavailable("storage is closed".to_owned()));
    }
}

fn seen<T>(
    database: &Database,
    look: impl FnOnce(&Snapshot<'_>) -> StorageResult<T>,
) -> StorageResult<Seen<T>> {
    let snapshot = database.snapshot();
    let value = look(&snapshot)?;
    Ok(Seen { value, holds: (snapshot.saw(), database.synced().subscribe()) })
}

impl State {
    /// Drops the database, and sled's lock with it.
    fn end(&mut self, error: StorageError) {
        let failed = State::Failed { error: error.clone(), retry_at: None };
        if let State::Open(database) = std::mem::replace(self, failed) {
            database.fail(&error);
        }
    }

    /// The error of all requests while it cannot be opened. sled may call a disk without room damage, which it
    /// was not until it was full.
    fn error_of(&self, error: &OpenError) -> StorageError {
        let was_full = matches!(self, State::Failed { error: StorageError::Full(_), .. });
        match error {
            OpenError::Io { error, .. } if space::is_missing(error.kind()) => {
                StorageError::Full(error.to_string())
            }
            error if was_full => StorageError::Full(error.to_string()),
            error => StorageError::Unavailable(error.to_string()),
        }
    }

    fn reopen(&mut self, dir: &DataDir) {
        *self = match Database::open(dir) {
            Ok(database) => State::Open(Box::new(database)),
            Err(error) => State::Failed {
                retry_at: may_pass(&error).then(|| Instant::now() + REOPEN_PAUSE),
                error: self.error_of(&error),
            },
        };
    }
}

/// Whether it is sound to try again. Opening writes as well: after an error of the disk it is unknown
/// which of that is there.
fn may_pass(error: &OpenError) -> bool {
    match error {
        // The last kind is sled's for a lock that it did not get yet.
        OpenError::Io { error, .. } => space::is_missing(error.kind()) || error.kind() == ErrorKind::Other,
        // sled says so too when it finds no room.
        _ => true,
    }
}
