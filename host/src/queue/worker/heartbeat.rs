//! Keeps the leases of running attempts alive, and hears from storage what others want of them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::Shared;
use super::running::{RunningAttempt, StopCause};
use crate::domain::transition::Renewal;
use crate::domain::{CANCEL_GRACE_DEFAULT, JobId, TaskName, Timestamp};
use crate::ports::RenewalAnswer;

type Attempts = Vec<(JobId, Arc<RunningAttempt>)>;

/// Renews until `closed`. Attempts that end meanwhile lose nothing: their renewal is just refused.
pub(super) async fn run(shared: Arc<Shared>, closed: CancellationToken) {
    let mut next_beat = shared.clock.now().plus(shared.config.heartbeat);
    loop {
        tokio::select! {
            () = closed.cancelled() => return,
            cancelled = shared.running.cancelled() => stop_after_grace(&shared, cancelled),
            () = shared.clock.sleep_until(next_beat) => {
                let beaten = beat(&shared).await;
                let pause = if beaten { shared.config.heartbeat } else { shared.config.poll };
                next_beat = shared.clock.now().plus(pause);
            }
        }
    }
}

/// Renews all leases of this host once; says whether storage took it.
pub(super) async fn beat(shared: &Arc<Shared>) -> bool {
    let attempts = shared.running.all();
    if attempts.is_empty() {
        return true;
    }
    let lease_until = shared.clock.now().plus(shared.config.lease);
    let renewal = |attempt: &RunningAttempt| Renewal {
        token: attempt.token,
        expires_at: lease_until,
        progress: attempt.progress(),
    };
    let renewals = attempts.iter().map(|(id, attempt)| (*id, renewal(attempt))).collect();
    match shared.storage.renew(renewals).await {
        Ok(answers) => {
            obey(shared, &attempts, &answers, lease_until);
            true
        }
        Err(error) => {
            warn!(%error, count = attempts.len(), "could not renew leases");
            stop_distrusted(shared, &attempts);
            false
        }
    }
}

fn obey(shared: &Arc<Shared>, attempts: &Attempts, answers: &[RenewalAnswer], lease_until: Timestamp) {
    for ((id, attempt), answer) in attempts.iter().zip(answers) {
        match answer {
            RenewalAnswer::Kept => attempt.extend_lease(lease_until),
            RenewalAnswer::CancelRequested => {
                attempt.extend_lease(lease_until);
                shared.running.request_cancel(*id);
            }
            RenewalAnswer::Lost => attempt.stop(StopCause::LeaseLost),
        }
    }
}

/// Stops what can no longer be sure of its lease, before somebody else may begin the same work.
fn stop_distrusted(shared: &Shared, attempts: &Attempts) {
    let distrusted_from = shared.clock.now().plus(shared.config.lease_margin);
    let lost = attempts.iter().filter(|(_, attempt)| attempt.lease_until() <= distrusted_from);
    lost.for_each(|(_, attempt)| attempt.stop(StopCause::LeaseLost));
}

/// Gives guests whose job was cancelled the grace of their task to end by themselves, then stops them.
fn stop_after_grace(shared: &Arc<Shared>, cancelled: Vec<Arc<RunningAttempt>>) {
    let mut by_task: HashMap<TaskName, Vec<_>> = HashMap::new();
    for attempt in cancelled {
        by_task.entry(attempt.task.clone()).or_default().push(attempt);
    }
    let cancelled_at = shared.clock.now();
    for (task, attempts) in by_task {
        let shared = Arc::clone(shared);
        tokio::spawn(async move {
            let grace = cancel_grace(&shared, task).await;
            shared.clock.sleep_until(cancelled_at.plus(grace)).await;
            attempts.iter().for_each(|attempt| attempt.stop(StopCause::Cancelled));
        });
    }
}

/// The grace of a task as it is set now; the usual one while storage cannot be read.
async fn cancel_grace(shared: &Shared, task: TaskName) -> Duration {
    let stats = shared.storage.task(task.clone()).await.unwrap_or_else(|error| {
        warn!(%task, %error, "could not read the grace after a cancel");
        None
    });
    stats.map_or(CANCEL_GRACE_DEFAULT, |stats| stats.settings.cancel_grace())
}
