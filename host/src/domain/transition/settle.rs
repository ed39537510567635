//! Writing the result of an attempt, or taking back one whose host fell silent.

use std::time::Duration;

use super::{Change, Facts, Refusal, change_to, check_lease};
use crate::domain::{
    AttemptError, Awaited, Backoff, EventWait, Failure, FailureKind, Jitter, JitterSeed, Job, Json,
    LeaseToken, Order, Outcome, Phase, Progress, Receipt, Retry, Timestamp, WAITS_MAX, WaitRequest,
};

/// The longest delay that a plugin may choose with `retry-after` or a snooze.
const CHOSEN_DELAY_MAX: Duration = Duration::from_secs(24 * 3600);
/// The shortest snooze: it costs no attempt, so nothing else would end a job that asks for none at all.
const SNOOZE_MIN: Duration = Duration::from_secs(1);

/// The result of an attempt, ready to be written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Settlement {
    /// The attempt's lease.
    pub token: LeaseToken,
    /// The outcome.
    pub outcome: Outcome,
    /// The last progress it reported.
    pub progress: Option<Progress>,
    /// Spreads the retry.
    pub jitter: Jitter,
}

/// Settles an attempt: the job's next state, and its order's with it. `awaited` is what the driver found of the
/// [wait](Outcome::wait) that it begins.
pub fn settle(
    job: &Job,
    order: Option<&Order>,
    settlement: Settlement,
    awaited: Awaited,
    now: Timestamp,
) -> Result<Change, Refusal> {
    let due_at = check_lease(&job.state, settlement.token)?.due_at;
    let mut change = match settlement.outcome {
        Outcome::Succeeded(output) => succeeded(job, order, output, now),
        Outcome::Failed(failure) => failed(job, order, failure, settlement.jitter, now),
        Outcome::Snoozed(delay) => {
            given_back(job, order, now.plus(delay.clamp(SNOOZE_MIN, CHOSEN_DELAY_MAX)), now)
        }
        Outcome::Waiting(wait) => waiting(job, order, wait, awaited, now),
        Outcome::Interrupted => given_back(job, order, due_at.min(now), now),
        Outcome::Cancelled => cancelled(job, order, now),
    };
    change.state.progress = settlement.progress.or(change.state.progress);
    Ok(change)
}

/// The error that a job keeps of a result that came when the lease was no longer the attempt's. It is refused,
/// and whoever looks for what the attempt did finds that it did end.
pub fn late(attempt: u32, outcome: &Outcome, now: Timestamp) -> AttemptError {
    let message = format!("the attempt ended after its lease was lost; refused: {}", outcome.name());
    AttemptError::new(attempt, now, &Failure::permanent(FailureKind::LeaseLost, message))
}

/// Takes back a job whose lease ran out. The attempt counts: a job that kills its host ends discarded.
pub fn rescue(job: &Job, order: Option<&Order>, seed: JitterSeed, now: Timestamp) -> Result<Change, Refusal> {
    match &job.state.phase {
        Phase::Running { lease } if lease.expires_at <= now => {
            let message = format!("{} stopped renewing its lease; it was killed or cut off", lease.worker);
            let failure = Failure::retryable(FailureKind::LeaseLost, message);
            Ok(failed(job, order, failure, seed.jitter_of(job.spec.id), now))
        }
        _ => Err(Refusal::LeaseHeld),
    }
}

fn succeeded(job: &Job, order: Option<&Order>, output: Json, now: Timestamp) -> Change {
    let receipt = match order.map(|_| Receipt::from_output(&output)).transpose() {
        Ok(receipt) => receipt,
        Err(reason) => {
            let message = format!("the task's result does not complete an order: {reason}");
            let failure = Failure::permanent(FailureKind::BadOutput, message);
            return failed(job, order, failure, Jitter::NONE, now);
        }
    };
    let facts = Facts { receipt, output: Some(output), ..Facts::default() };
    change_to(Phase::Completed { at: now }, job, order, facts, now)
}

fn failed(job: &Job, order: Option<&Order>, failure: Failure, jitter: Jitter, now: Timestamp) -> Change {
    let phase = next_phase(job, &failure, jitter, now);
    change_to(phase, job, order, Facts { failure: Some(failure), ..Facts::default() }, now)
}

fn next_phase(job: &Job, failure: &Failure, jitter: Jitter, now: Timestamp) -> Phase {
    // A person's wish to stop outlives the attempt that did not see it, also when it was the last one.
    if job.state.cancel_requested {
        return Phase::Cancelled { at: now };
    }
    let delay = match failure.retry {
        Retry::Never => return Phase::Discarded { at: now },
        _ if job.state.attempt >= job.spec.max_attempts => return Phase::Discarded { at: now },
        Retry::Backoff => Backoff::default().delay(job.state.attempt, jitter),
        Retry::After(delay) => delay.min(CHOSEN_DELAY_MAX),
    };
    Phase::Pending { due_at: now.plus(delay) }
}

/// Back to the queue as if the attempt had never been taken.
fn given_back(job: &Job, order: Option<&Order>, due_at: Timestamp, now: Timestamp) -> Change {
    if job.state.cancel_requested {
        return cancelled(job, order, now);
    }
    let mut change = change_to(Phase::Pending { due_at }, job, order, Facts::default(), now);
    change.state.attempt = job.state.attempt.saturating_sub(1);
    change
}

/// Back to the queue until the event is there, or its time is over.
fn waiting(
    job: &Job,
    order: Option<&Order>,
    request: WaitRequest,
    awaited: Awaited,
    now: Timestamp,
) -> Change {
    if job.state.waits >= WAITS_MAX && !job.state.cancel_requested {
        let message = format!("the job has waited for events {WAITS_MAX} times, the most that it may");
        return failed(job, order, Failure::permanent(FailureKind::Permanent, message), Jitter::NONE, now);
    }
    let (is_there, ends_at) = (awaited.is_there(&request), request.ends_at(now));
    let wait = EventWait::begin(request.event, now);
    let mut change = given_back(job, order, if is_there { wait.earliest } else { ends_at }, now);
    if change.state.phase.is_final() {
        return change;
    }
    change.state.waits = job.state.waits + 1;
    if is_there {
        change.arrives = Some(wait.event).filter(|_| !awaited.arrived);
        change.state.wait = None;
    } else {
        change.state.wait = Some(wait);
        change.state.waits_for = u32::try_from(awaited.jobs.len()).unwrap_or(u32::MAX);
        change.awaits = awaited.jobs;
    }
    change
}

fn cancelled(job: &Job, order: Option<&Order>, now: Timestamp) -> Change {
    change_to(Phase::Cancelled { at: now }, job, order, Facts::default(), now)
}
