//! The port's method for probes.

use async_trait::async_trait;

use super::SledStorage;
use super::database::Database;
use crate::ports::{HealthStore, StorageResult, StorageUsage};

#[async_trait]
impl HealthStore for SledStorage {
    async fn takes_jobs(&self) -> StorageResult<()> {
        let shared = std::sync::Arc::clone(&self.shared);
        let asked = tokio::task::spawn_blocking(move || shared.takes_jobs()).await;
        asked.unwrap_or_else(|error| Err(super::failed_read(&error)))
    }

    async fn usage(&self) -> StorageResult<StorageUsage> {
        let shared = std::sync::Arc::clone(&self.shared);
        let asked = tokio::task::spawn_blocking(move || shared.read(usage)).await;
        asked.unwrap_or_else(|error| Err(super::failed_read(&error)))
    }
}

fn usage(database: &Database) -> StorageResult<StorageUsage> {
    Ok(StorageUsage {
        bytes: database.disk().bytes()?,
        free_bytes: database.disk().free_bytes().unwrap_or(0),
        jobs: database.index().jobs() as u64,
    })
}
