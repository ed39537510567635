//! The loop that fires schedules. It sleeps until the next one is due.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::Schedules;
use super::fire::Due;
use crate::domain::Timestamp;

/// The longest time between reads of storage, in case a schedule was written by a host that has ended.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// The pause before a failed schedule is fired again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// A running ticker.
pub struct Ticker {
    closing: CancellationToken,
    ticking: JoinHandle<()>,
}

impl Ticker {
    /// Starts the loop. It runs until [`Ticker::stop`].
    pub fn start(schedules: Arc<Schedules>) -> Self {
        let closing = CancellationToken::new();
        let ticking = tokio::spawn(run(schedules, closing.clone()));
        Self { closing, ticking }
    }

    /// Ends after the current tick, if there is one.
    pub async fn stop(self) {
        self.closing.cancel();
        // The panic hook has reported a panic of the loop.
        let _ = self.ticking.await;
    }
}

async fn run(schedules: Arc<Schedules>, closing: CancellationToken) {
    while !closing.is_cancelled() {
        let due = schedules.fire_due().await.unwrap_or_else(|error| {
            warn!(%error, "could not read the schedules");
            Due { next_at: None, failed: true }
        });
        let clock = &schedules.clock;
        tokio::select! {
            () = closing.cancelled() => return,
            () = schedules.written.notified() => {}
            () = clock.sleep_until(next_look(&due, clock.now())) => {}
        }
    }
}

/// The time of the next round. A failure is not repeated at once: the disk may be full.
fn next_look(due: &Due, now: Timestamp) -> Timestamp {
    if due.failed {
        return now.plus(RETRY_AFTER);
    }
    let latest = now.plus(LOOK_EVERY);
    due.next_at.map_or(latest, |next_at| next_at.min(latest))
}
