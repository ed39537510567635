//! Discards jobs that never started in time, whatever holds them back.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::{WorkerContext, settler};
use crate::domain::Timestamp;
use crate::ports::Expired;

/// The most jobs that are discarded in one transaction: few, so that other requests come in between.
const EXPIRE_MAX: usize = 64;

/// Looks at once, and then whenever a job expires, until `closing`. A job that is submitted meanwhile is found
/// at the next poll at the latest.
pub(super) async fn run(context: Arc<WorkerContext>, closing: CancellationToken) {
    while !closing.is_cancelled() {
        let Expired { jobs, next_expiry } = expire(&context).await;
        if !jobs.is_empty() {
            // Jobs may have waited for the end of one of these.
            context.events.wake();
        }
        jobs.into_iter().for_each(|settled| settler::announce(&context, settled));
        let now = context.clock.now();
        if next_expiry.is_some_and(|expiry| expiry <= now) {
            continue;
        }
        let poll_at = now.plus(context.config.poll);
        let next_look = next_expiry.map_or(poll_at, |expiry| expiry.min(poll_at));
        tokio::select! {
            () = closing.cancelled() => return,
            () = context.clock.sleep_until(next_look) => {}
        }
    }
}

async fn expire(context: &WorkerContext) -> Expired {
    let now: Timestamp = context.clock.now();
    context.storage.expire(now, EXPIRE_MAX).await.unwrap_or_else(|error| {
        warn!(%error, "could not discard jobs that expired");
        Expired::default()
    })
}
