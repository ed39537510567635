//! The port's method for probes.

use async_trait::async_trait;

use super::SledStorage;
use crate::ports::{HealthStore, StorageResult};

#[async_trait]
impl HealthStore for SledStorage {
    async fn takes_jobs(&self) -> StorageResult<()> {
        self.read(|shared| shared.takes_jobs()).await
    }
}
