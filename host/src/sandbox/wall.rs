//! The wall time of one attempt, as its guest meets it: at a tick when it computes, in a wait of the host when it
//! waits. Either way it ends with an error that says where the guest was.

use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::ticker::TICK;

/// Time for a guest whose wall time is over to meet its end. One that does not is dropped where it is, unseen.
pub(super) const TO_BE_SEEN: Duration = TICK.saturating_mul(10);

/// Ends an attempt that used all its wall time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("used all of its wall time")]
pub(super) struct WallTimeOver;

/// The wall time of one attempt.
#[derive(Clone, Copy)]
pub(super) struct WallTime {
    ends_at: Instant,
}

impl WallTime {
    /// So long from now on.
    pub(super) fn of(timeout: Duration) -> Self {
        Self { ends_at: Instant::now() + timeout }
    }

    /// Fails when it is over.
    pub(super) fn check(self) -> Result<(), WallTimeOver> {
        if Instant::now() < self.ends_at { Ok(()) } else { Err(WallTimeOver) }
    }

    /// Waits with a guest, and no longer than it may wait.
    pub(super) async fn bound<T>(self, wait: impl Future<Output = T>) -> wasmtime::Result<T> {
        tokio::select! {
            biased;
            done = wait => Ok(done),
            () = sleep_until(self.ends_at) => Err(WallTimeOver.into()),
        }
    }

    /// Waits until the guest should have met its end.
    pub(super) async fn has_passed(self) {
        sleep_until(self.ends_at + TO_BE_SEEN).await;
    }
}
