//! Takes back jobs whose hosts fell silent.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::{Shared, heartbeat, settler};
use crate::domain::{JitterSeed, Timestamp};
use crate::ports::Rescued;

/// The most jobs taken back in one transaction.
const RESCUE_MAX: usize = 256;

/// Looks at once, and then whenever a lease runs out, until `closing`.
pub(super) async fn run(shared: Arc<Shared>, closing: CancellationToken) {
    loop {
        let rescued = rescue(&shared).await;
        let more = rescued.jobs.len() == RESCUE_MAX;
        let next_look = next_look(&shared, rescued.next_expiry);
        if !rescued.jobs.is_empty() {
            warn!(
                count = rescued.jobs.len(),
                "jobs were taken back: their hosts stopped renewing their leases"
            );
        }
        rescued.jobs.into_iter().for_each(|settled| settler::announce(&shared, settled));
        settler::wake_held(&shared);
        if more {
            continue;
        }
        tokio::select! {
            () = closing.cancelled() => return,
            () = shared.clock.sleep_until(next_look) => {}
        }
    }
}

async fn rescue(shared: &Arc<Shared>) -> Rescued {
    // After a stall of this host its own leases have run out too. They are still its own until somebody
    // takes them, so it renews them before it looks for those of others.
    if shared.running.any_expired(shared.clock.now()) {
        heartbeat::beat(shared).await;
    }
    let seed = JitterSeed::from_random(rand::random());
    shared.storage.rescue(shared.clock.now(), seed, RESCUE_MAX).await.unwrap_or_else(|error| {
        warn!(%error, "could not take back jobs");
        Rescued::default()
    })
}

/// When the next lease runs out, but not before a poll interval has passed and not after a heartbeat.
fn next_look(shared: &Shared, next_expiry: Option<Timestamp>) -> Timestamp {
    let now = shared.clock.now();
    let latest = now.plus(shared.config.heartbeat);
    next_expiry.unwrap_or(latest).min(latest).max(now.plus(shared.config.poll))
}
