//! The state machine of a job: one pure function for each edge.
//!
//! ```text
//!                     +------- retryable (backoff) . timed out . lease expired -------+
//!                     | +----- snoozed . waiting . interrupted (attempt given back) --+
//!                     v v                                                             |
//!   submit --> Pending(due_at) ------- claim (attempt+1, new token) -------> Running(lease)
//!                     |                                                               |
//!                     | cancel                     succeeded -----> Completed
//!                     +-----------> Cancelled <--- cancelled
//!                                   permanent, or the last attempt failed --> Discarded
//! ```
//! A job that waits for others is Pending and not due; [`follow()`] says when it stops waiting.
//!
//! A storage driver reads a job (and its order), calls one of these, and writes the [`Change`] in
//! the same transaction. It decides nothing itself. What a function here refuses is never written.

mod act;
mod claim;
mod conflict;
mod consequences;
mod expire;
mod follow;
mod foreign;
mod person;
mod propagation;
mod receive;
mod settle;
mod step;

#[cfg(test)]
pub(in crate::domain) mod tests;

pub use act::{Action, Deed, act, act_among_many};
pub use claim::{LeaseGrant, Renewal, claim, renew};
pub use conflict::{Resolution, resolve_conflict};
pub use consequences::Consequences;
pub use expire::expire;
pub use follow::{Dependency, Following, ParentState, follow};
pub use foreign::{Beyond, Interference, Trespass};
pub use person::{cancel, delete, is_retried_among_many, retry};
pub use propagation::Propagation;
pub use receive::{Arrival, receive};
pub use settle::{Settlement, late, rescue, settle};
pub use step::repeat_step;

use super::{
    AttemptError, EventName, Failure, INBOX_BYTES_MAX, INBOX_EVENTS_MAX, Job, JobId, JobState, Json,
    LeaseToken, NameKind, Order, Phase, Receipt, StateName, Timestamp,
};

/// The writes of a transition.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Change {
    /// The job's new state.
    pub state: JobState,
    /// The order's new value, if it changes.
    pub order: Option<Order>,
    /// The change of the job's result.
    pub output: OutputChange,
    /// The failure to append to the job's history.
    pub error: Option<AttemptError>,
    /// The event of its inbox that arrives with it, with the value `null`: the jobs that it submitted and waited for are
    /// final.
    pub arrives: Option<EventName>,
    /// The jobs that it waits for from now on, none of which is final.
    pub awaits: Vec<JobId>,
}

impl Change {
    /// This state, and nothing else.
    fn to(state: JobState) -> Self {
        let (order, error, arrives) = Default::default();
        Self { state, order, output: OutputChange::Keep, error, arrives, awaits: Vec::new() }
    }
}

/// The change of the result of a job.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum OutputChange {
    /// It stays as it is.
    #[default]
    Keep,
    /// The job completed with this one.
    Set(Json),
    /// A completed job runs again: it has none.
    Clear,
}

/// Why a transition is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The job is not due, so it cannot be claimed.
    #[error("the job is not due")]
    NotDue,
    /// The write names a lease that is no longer the job's.
    #[error("the lease was lost: the job went back to the queue, or another worker runs it")]
    StaleLease,
    /// The lease has not run out, so the job cannot be taken back.
    #[error("the lease has not run out")]
    LeaseHeld,
    /// A job is to wait for one that is not there.
    #[error("there is no job {parent} to wait for")]
    UnknownParent {
        /// The job that would wait.
        child: JobId,
        /// The job that is not there.
        parent: JobId,
    },
    /// The job belongs to another submitter, and the caller may act only on its own.
    #[error(transparent)]
    Foreign(#[from] Interference),
    /// The job is beyond the queues and tasks that the caller is bound to.
    #[error(transparent)]
    Beyond(#[from] Beyond),
    /// A job brings a new name, and there are as many in use as submitters may bring.
    #[error(
        "{name:?} would be a new {} name, and {most} names are in use, the most that submitters may bring; use one of them, \
         have an operator write settings for this one, or raise the setting `names`", kind.as_str()
    )]
    TooManyNames {
        /// The job.
        job: JobId,
        /// The kind of name.
        kind: NameKind,
        /// The name.
        name: String,
        /// Most names that may be in use.
        most: usize,
    },
    /// An event arrived before with another value.
    #[error("the job has received {event} before, with another value; the first one stays")]
    OtherValue {
        /// The event.
        event: EventName,
    },
    /// An event arrived when the task had waited for it in vain.
    #[error("the wait for {event} is over: its task goes on without it")]
    WaitIsOver {
        /// The event.
        event: EventName,
    },
    /// The events of a job take all the room that they may.
    #[error("a job receives at most {} events with {} KiB in all", INBOX_EVENTS_MAX, INBOX_BYTES_MAX / 1024)]
    InboxFull,
    /// A step of a job submitted something else before.
    #[error(
        "the step {name:?} of this job submitted something else before; use another name for another job"
    )]
    OtherStep {
        /// The name of the step.
        name: String,
    },
    /// A person wants what this state does not allow.
    #[error("the job is {state}; {advice}")]
    WrongState {
        /// The state it is in.
        state: StateName,
        /// The advice.
        advice: &'static str,
    },
}

/// The time at which a waiting job is due when it is wanted at `wanted`. A job that is due already keeps its
/// place in the line: to hurry it up, or to submit it once more, never makes it start later.
fn moved(state: &JobState, wanted: Timestamp, now: Timestamp) -> Timestamp {
    let place = state.due_at().filter(|due_at| *due_at <= now && wanted <= now);
    place.map_or(wanted, |place| place.min(wanted))
}

/// The job's lease, if this token is its. What an attempt writes beside its result, such as a
/// checkpoint, is written only under it.
pub fn check_lease(state: &JobState, token: LeaseToken) -> Result<&super::Lease, Refusal> {
    match &state.phase {
        Phase::Running { lease } if lease.token == token => Ok(lease),
        _ => Err(Refusal::StaleLease),
    }
}

/// The facts that come with a new phase.
#[derive(Default)]
struct Facts {
    receipt: Option<Receipt>,
    output: Option<Json>,
    failure: Option<Failure>,
}

/// The change that brings the job to `phase`, its order with it.
fn change_to(phase: Phase, job: &Job, order: Option<&Order>, facts: Facts, now: Timestamp) -> Change {
    let error = facts.failure.map(|failure| AttemptError::new(job.state.attempt, now, &failure));
    let order = order.and_then(|order| order.follow(&phase, facts.receipt, error.as_ref(), now));
    // Only who waits waits for others.
    let waits_for = if matches!(phase, Phase::Pending { .. }) { job.state.waits_for } else { 0 };
    let wait = job.state.wait.clone().filter(|_| !phase.is_final());
    let state = JobState { phase, cancel_requested: false, waits_for, wait, ..job.state.clone() };
    let was_completed = matches!(job.state.phase, Phase::Completed { .. });
    let output = match facts.output {
        Some(output) => OutputChange::Set(output),
        None if was_completed => OutputChange::Clear,
        None => OutputChange::Keep,
    };
    Change { order, output, error, ..Change::to(state) }
}
