//! Writes what came of an attempt, as long as the attempt is ours.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tracing::{debug, warn};

use super::WorkerContext;
use super::running::RunningAttempt;
use crate::domain::transition::{self, Refusal, Settlement};
use crate::domain::{Jitter, Job, Outcome, Timestamp};
use crate::metering::Stopwatch;
use crate::metering::catalog::SETTLE_TIME;
use crate::ports::{EndedAttempt, Settled, StorageError, StorageResult};
use crate::watching::news;

/// Pause before a failed write is tried again.
const AGAIN_AFTER: Duration = Duration::from_millis(200);

/// Settles an attempt, and keeps what it printed. While storage cannot be written it is tried again until the lease is over: the
/// work is done, and losing its result would do it twice.
pub(super) async fn settle(
    context: &Arc<WorkerContext>,
    job: &Job,
    attempt: &RunningAttempt,
    outcome: Outcome,
) {
    let settlement = Settlement {
        token: attempt.token,
        outcome,
        progress: attempt.progress(),
        jitter: Jitter::from_random(rand::random()),
    };
    let ended = EndedAttempt { job: job.spec.id, settlement, log: attempt.printed().text };
    // A write that failed may have been made all the same: then its lease is gone by our own doing.
    let mut may_be_written = false;
    let stopwatch = Stopwatch::start();
    loop {
        let now = context.clock.now();
        match write(context, ended.clone(), now).await {
            Ok(settled) => {
                stopwatch.record(&SETTLE_TIME);
                return announce(context, settled);
            }
            Err(error) if error.may_pass() && attempt.lease_until() > now && !attempt.stop.is_cancelled() => {
                warn!(%error, "could not settle, trying again");
                may_be_written = true;
                context.clock.sleep_until(now.plus(AGAIN_AFTER)).await;
            }
            Err(StorageError::Refused(Refusal::StaleLease)) if !may_be_written => {
                return note_late(context, job, &ended.settlement.outcome).await;
            }
            Err(error) => {
                warn!(%error, outcome = ended.settlement.outcome.name(), "the attempt's result was refused");
                return;
            }
        }
    }
}

async fn write(context: &WorkerContext, ended: EndedAttempt, now: Timestamp) -> StorageResult<Settled> {
    let mut answers = context.storage.settle(vec![ended], now).await?;
    answers.pop().expect("each attempt has an answer")
}

/// Lets the job remember a result that came when the lease was lost.
pub(super) async fn note_late(context: &WorkerContext, job: &Job, outcome: &Outcome) {
    warn!(outcome = outcome.name(), "the attempt's result came after its lease was lost and is refused");
    let late = transition::late(job.state.attempt, outcome, context.clock.now());
    if let Err(error) = context.storage.note_late(job.spec.id, late).await {
        warn!(%error, "the late result is not among the errors of its job");
    }
}

/// Notifies the watchers.
pub(super) fn announce(context: &WorkerContext, settled: Settled) {
    debug!(state = %settled.job.state_name(context.clock.now()), "settled");
    news::publish(&*context.events, [settled]);
}

/// Lets the dispatcher look again if a job waits for the end of another one.
pub(super) fn wake_held(context: &WorkerContext) {
    if context.held.load(Ordering::SeqCst) {
        context.events.wake();
    }
}
