//! Use case of operators: a backup of all durable state, while the host works.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::ports::{BackupKey, BackupParts, Clock, Storage, StorageError};

/// Backups of a store, one at a time.
pub struct Backups {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    turn: Arc<Semaphore>,
}

/// A backup that is being received. It ends when this is dropped.
pub struct Backup {
    /// The parts of its file.
    pub parts: BackupParts,
    /// Its turn, until all parts are received.
    pub turn: OwnedSemaphorePermit,
}

/// Why no backup began.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is another one.
    #[error("another backup of this host is being received; try again after its end")]
    UnderWay,
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

impl Backups {
    /// Backups over these ports.
    pub fn new(storage: Arc<dyn Storage>, clock: Arc<dyn Clock>) -> Self {
        Self { storage, clock, turn: Arc::new(Semaphore::new(1)) }
    }

    /// Begins a backup of everything as it is now; without a key it has no secrets.
    pub async fn begin(&self, key: Option<BackupKey>) -> Result<Backup, BackupError> {
        let turn = Arc::clone(&self.turn).try_acquire_owned().map_err(|_| BackupError::UnderWay)?;
        tracing::info!(with_secrets = key.is_some(), "a backup begins");
        let parts = self.storage.backup(key, self.clock.now()).await?;
        Ok(Backup { parts, turn })
    }
}
