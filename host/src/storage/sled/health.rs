//! The port's method for probes.

use async_trait::async_trait;

use super::SledStorage;
use crate::ports::{HealthStore, StorageResult};

#[async_trait]
impl HealthStore for SledStorage {
    async fn takes_jobs(&self) -> StorageResult<()> {
        let shared = std::sync::Arc::clone(&self.shared);
        let asked = tokio::task::spawn_blocking(move || shared.takes_jobs()).await;
        asked.unwrap_or_else(|error| Err(super::failed_read(&error)))
    }
}
