//! Forgets final jobs that are kept no longer.

use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::WorkerContext;

/// Most jobs that are deleted in one transaction: few, so that the requests of customers, which come in
/// between, wait some milliseconds at most.
const STEP_JOBS: usize = 64;

/// Most steps under way at the same time, which share the syncs of the disk: more jobs are deleted than can end.
const STEPS_MAX: usize = 16;

/// Pause after a sweep that deleted jobs in full steps: as many may have ended since.
const BUSY_PAUSE: Duration = Duration::from_secs(1);

/// Sweeps at once, and then at every interval, until `closing`.
pub(super) async fn run(context: Arc<WorkerContext>, closing: CancellationToken) {
    loop {
        let pruned = sweep(&context, &closing).await;
        if pruned > 0 {
            info!(count = pruned, "final jobs were forgotten: they are kept no longer");
        }
        let pause =
            if pruned < STEP_JOBS { context.config.sweep } else { BUSY_PAUSE.min(context.config.sweep) };
        tokio::select! {
            () = closing.cancelled() => return,
            () = context.clock.sleep_until(context.clock.now().plus(pause)) => {}
        }
    }
}

/// Deletes in steps until no jobs are left to delete, or until the host stops. Returns the number of jobs. Each full step
/// is followed by two, up to the most.
async fn sweep(context: &WorkerContext, closing: &CancellationToken) -> usize {
    let (mut pruned, mut steps) = (0, FuturesUnordered::from_iter([step(context)]));
    while let Some(of_step) = steps.next().await {
        pruned += of_step;
        if of_step == STEP_JOBS && !closing.is_cancelled() {
            let more = (STEPS_MAX - steps.len()).min(2);
            steps.extend((0..more).map(|_| step(context)));
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
