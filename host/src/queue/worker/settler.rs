//! Writes what came of an attempt, as long as the attempt is ours.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tracing::{debug, warn};

use super::Shared;
use super::running::RunningAttempt;
use crate::domain::transition::{self, Refusal, Settlement};
use crate::domain::{Jitter, Job, Outcome, Timestamp};
use crate::ports::{EndedAttempt, Settled, StorageError, StorageResult};
use crate::watching::news;

/// How long after a failed write it is tried again.
const AGAIN_AFTER: Duration = Duration::from_millis(200);

/// Settles an attempt, and keeps what it printed. While storage cannot be written it is tried again until the lease is over: the
/// work is done, and losing its result would do it twice.
pub(super) async fn settle(shared: &Arc<Shared>, job: &Job, attempt: &RunningAttempt, outcome: Outcome) {
    let settlement = Settlement {
        token: attempt.token,
        outcome,
        progress: attempt.progress(),
        jitter: Jitter::from_random(rand::random()),
    };
    let ended = EndedAttempt { job: job.spec.id, settlement, log: attempt.printed().text };
    // A write that failed may have been made all the same: then its lease is gone by our own doing.
    let mut may_be_written = false;
    loop {
        let now = shared.clock.now();
        match write(shared, ended.clone(), now).await {
            Ok(settled) => return announce(shared, settled),
            Err(error) if error.may_pass() && attempt.lease_until() > now && !attempt.stop.is_cancelled() => {
                warn!(%error, "could not settle, trying again");
                may_be_written = true;
                shared.clock.sleep_until(now.plus(AGAIN_AFTER)).await;
            }
            Err(StorageError::Refused(Refusal::StaleLease)) if !may_be_written => {
                return note_late(shared, job, &ended.settlement.outcome).await;
            }
            Err(error) => {
                warn!(%error, outcome = ended.settlement.outcome.name(), "the attempt's result was refused");
                return;
            }
        }
    }
}

async fn write(shared: &Shared, ended: EndedAttempt, now: Timestamp) -> StorageResult<Settled> {
    let mut answers = shared.storage.settle(vec![ended], now).await?;
    answers.pop().expect("each attempt has an answer")
}

/// Lets the job remember a result that came when the lease was lost.
pub(super) async fn note_late(shared: &Shared, job: &Job, outcome: &Outcome) {
    warn!(outcome = outcome.name(), "the attempt's result came after its lease was lost and is refused");
    let late = transition::late(job.state.attempt, outcome, shared.clock.now());
    if let Err(error) = shared.storage.note_late(job.spec.id, late).await {
        warn!(%error, "the late result is not among the errors of its job");
    }
}

/// Tells everybody who watches.
pub(super) fn announce(shared: &Shared, settled: Settled) {
    debug!(state = %settled.job.state_name(shared.clock.now()), "settled");
    news::publish(&*shared.events, [settled]);
}

/// Lets the dispatcher look again if a job waits for the end of another one.
pub(super) fn wake_held(shared: &Shared) {
    if shared.held.load(Ordering::SeqCst) {
        shared.events.wake();
    }
}
