//! Takes back jobs whose hosts fell silent.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::{WorkerContext, heartbeat, settler};
use crate::domain::{JitterSeed, Timestamp};
use crate::ports::Rescued;

/// The most jobs taken back in one transaction.
const RESCUE_MAX: usize = 256;

/// Looks at once, and then whenever a lease runs out, until `closing`.
pub(super) async fn run(context: Arc<WorkerContext>, closing: CancellationToken) {
    loop {
        let rescued = rescue(&context).await;
        let more = rescued.jobs.len() == RESCUE_MAX;
        let next_look = next_look(&context, rescued.next_expiry);
        if !rescued.jobs.is_empty() {
            warn!(
                count = rescued.jobs.len(),
                "jobs were taken back: their hosts stopped renewing their leases"
            );
        }
        rescued.jobs.into_iter().for_each(|settled| settler::announce(&context, settled));
        settler::wake_held(&context);
        if more {
            continue;
        }
        tokio::select! {
            () = closing.cancelled() => return,
            () = context.clock.sleep_until(next_look) => {}
        }
    }
}

async fn rescue(context: &Arc<WorkerContext>) -> Rescued {
    // After a stall of this host its own leases have run out too. They are still its own until another host
    // takes them, so it renews them before it looks for those of others.
    if context.running.any_expired(context.clock.now()) {
        heartbeat::beat(context).await;
    }
    let seed = JitterSeed::from_random(rand::random());
    context.storage.rescue(context.clock.now(), seed, RESCUE_MAX).await.unwrap_or_else(|error| {
        warn!(%error, "could not take back jobs");
        Rescued::default()
    })
}

/// When the next lease runs out, but not before a poll interval has passed and not after a heartbeat.
fn next_look(context: &WorkerContext, next_expiry: Option<Timestamp>) -> Timestamp {
    let now = context.clock.now();
    let latest = now.plus(context.config.heartbeat);
    next_expiry.unwrap_or(latest).min(latest).max(now.plus(context.config.poll))
}
