//! The clock, which tests can move.

use async_trait::async_trait;

use crate::domain::Timestamp;

/// Reads the time and waits for it.
#[async_trait]
pub trait Clock: Send + Sync {
    /// The time now. It may step back.
    fn now(&self) -> Timestamp;

    /// Returns at this time or soon after; at once when it has passed.
    async fn sleep_until(&self, time: Timestamp);
}
