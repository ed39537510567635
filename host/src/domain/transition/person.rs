//! Actions of a person on a job: cancel, retry, delete.

use super::{Change, Facts, Refusal, change_to, moved};
use crate::domain::{EventWait, Job, JobState, Order, Phase, StateName, Timestamp};

/// Cancels a job: at once when it waits, by a request to its attempt when it runs; a final job stays
/// as it is, and `None` says that there is nothing to write.
pub fn cancel(job: &Job, order: Option<&Order>, now: Timestamp) -> Option<Change> {
    match &job.state.phase {
        Phase::Pending { .. } => {
            Some(change_to(Phase::Cancelled { at: now }, job, order, Facts::default(), now))
        }
        Phase::Running { .. } if job.state.cancel_requested => None,
        Phase::Running { .. } => {
            let state = JobState { cancel_requested: true, ..job.state.clone() };
            Some(Change::to(state))
        }
        Phase::Completed { .. } | Phase::Discarded { .. } | Phase::Cancelled { .. } => None,
    }
}

/// Makes a job due now, with all its attempts before it: it waits for no other job and no event any longer, and does
/// not expire. One that is due already keeps its place in the line, and its error history stays. `None` says that
/// there is nothing to write.
pub fn retry(job: &Job, order: Option<&Order>, now: Timestamp) -> Result<Option<Change>, Refusal> {
    if matches!(job.state.phase, Phase::Running { .. }) {
        let advice = "cancel it first, or wait until it is final";
        return Err(Refusal::WrongState { state: StateName::Running, advice });
    }
    let phase = Phase::Pending { due_at: moved(&job.state, now, now) };
    let mut change = change_to(phase, job, order, Facts::default(), now);
    let wait = change.state.wait.take().map(EventWait::ended);
    change.state = JobState {
        attempt: 0,
        progress: None,
        waits_for: 0,
        expires_at: None,
        wait,
        waits: 0,
        ..change.state
    };
    Ok((change.state != job.state).then_some(change))
}

/// Whether a retry of many jobs at once includes one in this state: those that failed or were
/// stopped, and others only when their state is `named`. To run completed jobs again is seldom what
/// "retry all of this task" means, and would be paid for twice.
pub fn is_retried_among_many(state: StateName, named: Option<StateName>) -> bool {
    let failed = [StateName::Retryable, StateName::Discarded, StateName::Cancelled];
    failed.contains(&state) || named == Some(state)
}

/// Whether a job may be deleted, and what its order is then, if that changes. A running job may not be: its
/// attempt still writes. An order stays; one that is loading is cancelled, for nothing works for it any more.
pub fn delete(job: &Job, order: Option<&Order>, now: Timestamp) -> Result<Option<Order>, Refusal> {
    match job.state.phase {
        Phase::Running { .. } => {
            Err(Refusal::WrongState { state: StateName::Running, advice: "cancel it before you delete it" })
        }
        Phase::Pending { .. } => {
            Ok(order.and_then(|order| order.follow(&Phase::Cancelled { at: now }, None, None, now)))
        }
        Phase::Completed { .. } | Phase::Discarded { .. } | Phase::Cancelled { .. } => Ok(None),
    }
}
