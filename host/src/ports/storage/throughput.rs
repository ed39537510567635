//! Durable throughput.

use async_trait::async_trait;

use super::StorageResult;
use crate::domain::{Ended, Minute};

/// Durable throughput. See [`super::Storage`] for what every method promises.
#[async_trait]
pub trait ThroughputStore: Send + Sync {
    /// Adds to the attempts that ended within a minute, and forgets minutes before the
    /// [first that is kept](Minute::first_kept).
    async fn count_ended(&self, minute: Minute, ended: Ended) -> StorageResult<()>;

    /// The attempts that ended in each of the minutes from this one on, those without any left out, oldest first.
    async fn ended_since(&self, first: Minute) -> StorageResult<Vec<(Minute, Ended)>>;
}
