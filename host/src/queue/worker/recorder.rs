//! Records how many attempts have ended, by minute.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::WorkerContext;
use crate::domain::{Ended, Minute};

/// Time between two records: what a host that is killed loses of the count.
const PERIOD: Duration = Duration::from_secs(10);

/// Records at every period, and once more at the end.
pub(super) async fn run(context: Arc<WorkerContext>, closed: CancellationToken) {
    let mut recorded = Ended::default();
    while !closed.is_cancelled() {
        tokio::select! {
            () = closed.cancelled() => {}
            () = context.clock.sleep_until(context.clock.now().plus(PERIOD)) => {}
        }
        let ended = context.running.ended();
        if record(&context, ended - recorded).await {
            recorded = ended;
        }
    }
}

/// Returns whether it was recorded; if not, the next record has it as well.
async fn record(context: &WorkerContext, ended: Ended) -> bool {
    if ended.is_none() {
        return true;
    }
    let recorded = context.storage.count_ended(Minute::of(context.clock.now()), ended).await;
    recorded.inspect_err(|error| warn!(%error, "could not record how many attempts ended")).is_ok()
}
