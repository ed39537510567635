//! The port's method for backups.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::mpsc::channel;

use super::{SledStorage, backup};
use crate::domain::Timestamp;
use crate::ports::{BackupKey, BackupParts, BackupStore, StorageResult};

/// Parts of the file that wait to be received, up to 512 KiB each.
const PARTS_WAITING: usize = 4;

#[async_trait]
impl BackupStore for SledStorage {
    async fn backup(&self, key: Option<BackupKey>, now: Timestamp) -> StorageResult<BackupParts> {
        let disk = self.shared.read(|database| Ok(Arc::downgrade(database.disk())))?;
        let (to, parts) = channel(PARTS_WAITING);
        tokio::task::spawn_blocking(move || backup::take(&disk, key.as_ref(), now, to));
        Ok(parts)
    }
}
