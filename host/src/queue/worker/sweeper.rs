//! Forgets final jobs that are kept no longer.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::WorkerContext;

/// Most jobs that are deleted in one transaction: few, so that the requests of customers, which come in
/// between, wait some milliseconds at most.
const STEP_JOBS: usize = 64;

/// Looks at once, and then at every interval, until `closing`.
pub(super) async fn run(context: Arc<WorkerContext>, closing: CancellationToken) {
    loop {
        let pruned = sweep(&context, &closing).await;
        if pruned > 0 {
            info!(count = pruned, "final jobs were forgotten: they are kept no longer");
        }
        tokio::select! {
            () = closing.cancelled() => return,
            () = context.clock.sleep_until(context.clock.now().plus(context.config.sweep)) => {}
        }
    }
}

/// Step by step until nothing is left to do, or until the host stops.
async fn sweep(context: &WorkerContext, closing: &CancellationToken) -> usize {
    let mut pruned = 0;
    while !closing.is_cancelled() {
        let step = step(context).await;
        pruned += step;
        if step < STEP_JOBS {
            break;
        }
    }
    pruned
}

async fn step(context: &WorkerContext) -> usize {
    let now = context.clock.now();
    let pruned = context.storage.prune(context.config.retention.cutoffs(now), now, STEP_JOBS).await;
    pruned.unwrap_or_else(|error| {
        warn!(%error, "could not forget final jobs");
        0
    })
}
