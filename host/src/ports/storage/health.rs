//! The health of storage.

use async_trait::async_trait;

use super::StorageResult;
use crate::domain::Timestamp;

/// The health of storage, for probes.
#[async_trait]
pub trait HealthStore: Send + Sync {
    /// Whether new jobs would be stored now, as far as is known without storing one. The error is the
    /// one that they would be refused with.
    async fn takes_jobs(&self) -> StorageResult<()>;

    /// The time by a clock that all hosts of this storage share; `None` for a driver that has none, since only one host
    /// opens its storage.
    async fn time(&self) -> StorageResult<Option<Timestamp>> {
        Ok(None)
    }
}
