//! The loop that ticks: it sleeps until the next schedule is due, and not a moment longer.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::Schedules;
use super::fire::Due;
use crate::domain::Timestamp;

/// How often storage is read without a tick, in case a schedule was written on a host that ended since.
const LOOK_EVERY: Duration = Duration::from_secs(10);

/// How soon a schedule is tried again that could not be fired.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// The ticker at work.
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

    /// Ends after the tick that is being written, if there is one.
    pub async fn stop(self) {
        self.closing.cancel();
        // A loop that panicked has been reported by the panic hook.
        let _ = self.ticking.await;
    }
}

async fn run(schedules: Arc<Schedules>, closing: CancellationToken) {
    while !closing.is_cancelled() {
        let due = schedules.fire_due().await.unwrap_or_else(|error| {
            warn!(%error, "could not read the schedules");
            Due { next_at: None, failed: true }
        });
        let clock = &schedules.ports.clock;
        tokio::select! {
            () = closing.cancelled() => return,
            () = schedules.written.notified() => {}
            () = clock.sleep_until(next_look(&due, clock.now())) => {}
        }
    }
}

/// When there is something to do next. A failure is not tried again at once: the disk may be full.
fn next_look(due: &Due, now: Timestamp) -> Timestamp {
    if due.failed {
        return now.plus(RETRY_AFTER);
    }
    let latest = now.plus(LOOK_EVERY);
    due.next_at.map_or(latest, |next_at| next_at.min(latest))
}
