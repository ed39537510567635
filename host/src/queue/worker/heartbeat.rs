//! Keeps the leases of running attempts alive, and hears from storage what others want of them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::WorkerContext;
use super::running::{RunningAttempt, StopCause};
use crate::domain::transition::Renewal;
use crate::domain::{CANCEL_GRACE_DEFAULT, JobId, TaskName, Timestamp};
use crate::ports::RenewalAnswer;

type Attempts = Vec<(JobId, Arc<RunningAttempt>)>;

/// Renews until `closed`. Attempts that end meanwhile lose nothing: their renewal is just refused.
pub(super) async fn run(context: Arc<WorkerContext>, closed: CancellationToken) {
    let mut next_beat = context.clock.now().plus(context.config.heartbeat);
    loop {
        tokio::select! {
            () = closed.cancelled() => return,
            cancelled = context.running.cancelled() => stop_after_grace(&context, cancelled),
            () = context.clock.sleep_until(next_beat) => {
                let beaten = beat(&context).await;
                let pause = if beaten { context.config.heartbeat } else { context.config.poll };
                next_beat = context.clock.now().plus(pause);
            }
        }
    }
}

/// Renews all leases of this host once. Returns whether storage accepted it.
pub(super) async fn beat(context: &Arc<WorkerContext>) -> bool {
    let attempts = context.running.all();
    if attempts.is_empty() {
        return true;
    }
    let lease_until = context.clock.now().plus(context.config.lease);
    let renewal = |attempt: &RunningAttempt| Renewal {
        token: attempt.token,
        expires_at: lease_until,
        progress: attempt.progress(),
    };
    let renewals = attempts.iter().map(|(id, attempt)| (*id, renewal(attempt))).collect();
    match context.storage.renew(renewals).await {
        Ok(answers) => {
            obey(context, &attempts, &answers, lease_until);
            true
        }
        Err(error) => {
            warn!(%error, count = attempts.len(), "could not renew leases");
            stop_distrusted(context, &attempts);
            false
        }
    }
}

fn obey(
    context: &Arc<WorkerContext>,
    attempts: &Attempts,
    answers: &[RenewalAnswer],
    lease_until: Timestamp,
) {
    for ((id, attempt), answer) in attempts.iter().zip(answers) {
        match answer {
            RenewalAnswer::Kept => attempt.extend_lease(lease_until),
            RenewalAnswer::CancelRequested => {
                attempt.extend_lease(lease_until);
                context.running.request_cancel(*id);
            }
            RenewalAnswer::Lost => attempt.stop(StopCause::LeaseLost),
        }
    }
}

/// Stops what can no longer be sure of its lease, before another host may begin the same work.
fn stop_distrusted(context: &WorkerContext, attempts: &Attempts) {
    let distrusted_from = context.clock.now().plus(context.config.lease_margin);
    let lost = attempts.iter().filter(|(_, attempt)| attempt.lease_until() <= distrusted_from);
    lost.for_each(|(_, attempt)| attempt.stop(StopCause::LeaseLost));
}

/// Gives guests whose job was cancelled the grace of their task to end by themselves, then stops them.
fn stop_after_grace(context: &Arc<WorkerContext>, cancelled: Vec<Arc<RunningAttempt>>) {
    let mut by_task: HashMap<TaskName, Vec<_>> = HashMap::new();
    for attempt in cancelled {
        by_task.entry(attempt.task.clone()).or_default().push(attempt);
    }
    let cancelled_at = context.clock.now();
    for (task, attempts) in by_task {
        let context = Arc::clone(context);
        tokio::spawn(async move {
            let grace = cancel_grace(&context, task).await;
            context.clock.sleep_until(cancelled_at.plus(grace)).await;
            attempts.iter().for_each(|attempt| attempt.stop(StopCause::Cancelled));
        });
    }
}

/// The grace of a task as it is set now; the usual one while storage cannot be read.
async fn cancel_grace(context: &WorkerContext, task: TaskName) -> Duration {
    let stats = context.storage.task(task.clone()).await.unwrap_or_else(|error| {
        warn!(%task, %error, "could not read the grace after a cancel");
        None
    });
    stats.map_or(CANCEL_GRACE_DEFAULT, |stats| stats.settings.cancel_grace())
}
