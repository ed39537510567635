//! The health of storage.

use async_trait::async_trait;

use super::StorageResult;
use crate::domain::Timestamp;

/// The space that storage takes, and what is in it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct StorageUsage {
    /// Bytes on the disk; 0 for a driver that does not know.
    pub bytes: u64,
    /// Free bytes on that disk; 0 for a driver that does not know.
    pub free_bytes: u64,
    /// Number of jobs, final ones included; 0 for a driver that would have to count them.
    pub jobs: u64,
}

/// The health of storage, for probes.
#[async_trait]
pub trait HealthStore: Send + Sync {
    /// Whether new jobs would be stored now, as far as is known without storing one. The error is the
    /// one that they would be refused with.
    async fn takes_jobs(&self) -> StorageResult<()>;

    /// The space that it takes, without a look at its rows.
    async fn usage(&self) -> StorageResult<StorageUsage> {
        Ok(StorageUsage::default())
    }

    /// The time by a clock that all hosts of this storage share; `None` for a driver that has none, since only one host
    /// opens its storage.
    async fn time(&self) -> StorageResult<Option<Timestamp>> {
        Ok(None)
    }
}
