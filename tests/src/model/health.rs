//! Memory is never full in the model.

use async_trait::async_trait;
use taskbox::ports::{BackupStore, HealthStore, StorageResult};

use super::ModelStorage;

#[async_trait]
impl HealthStore for ModelStorage {
    async fn takes_jobs(&self) -> StorageResult<()> {
        Ok(())
    }
}

/// Nothing in memory outlives its process, so there is nothing to back up.
impl BackupStore for ModelStorage {}
