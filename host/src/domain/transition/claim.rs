//! Taking a due job, and keeping it.

use super::{Change, Refusal, check_lease, expire};
use crate::domain::{
    Code, EventWait, Holder, Job, JobState, Lease, LeaseToken, Order, Phase, Progress, Timestamp, WorkerId,
};

/// The lease that a claim asks for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LeaseGrant {
    /// Proves the right to the attempt.
    pub token: LeaseToken,
    /// Name of the worker that will run it.
    pub worker: WorkerId,
    /// The kind of that worker.
    pub holder: Holder,
    /// Its end without a heartbeat.
    pub expires_at: Timestamp,
    /// The code that will run it; none when no active plugin offers the task.
    pub code: Option<Code>,
}

/// Takes a due job. A job past its expiry that never started is discarded instead of run.
pub fn claim(job: &Job, order: Option<&Order>, grant: LeaseGrant, now: Timestamp) -> Result<Change, Refusal> {
    let due_at = job.state.due_at().filter(|due_at| *due_at <= now).ok_or(Refusal::NotDue)?;
    if let Some(change) = expire(job, order, now) {
        return Ok(change);
    }
    let LeaseGrant { token, expires_at, worker, holder, code } = grant;
    let lease = Lease { token, expires_at, worker: worker.clone(), holder, due_at };
    let state = JobState {
        phase: Phase::Running { lease },
        attempt: job.state.attempt + 1,
        attempted_at: Some(now),
        code,
        worker: Some(worker),
        cancel_requested: false,
        progress: None,
        waits_for: 0,
        expires_at: job.state.expires_at,
        wait: job.state.wait.clone().map(EventWait::ended),
        waits: job.state.waits,
    };
    Ok(Change::to(state))
}

/// A sign of life from the attempt that holds a lease.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Renewal {
    /// The attempt's lease.
    pub token: LeaseToken,
    /// Its new end.
    pub expires_at: Timestamp,
    /// The progress of the attempt, if it reported any.
    pub progress: Option<Progress>,
}

/// Extends a lease. One that ran out but was not yet taken back is still extended: no other worker has it.
/// Needs the state alone, so that a heartbeat never reads a large input.
pub fn renew(state: &JobState, renewal: Renewal) -> Result<JobState, Refusal> {
    let lease = check_lease(state, renewal.token)?;
    let lease = Lease { expires_at: lease.expires_at.max(renewal.expires_at), ..lease.clone() };
    let progress = renewal.progress.or_else(|| state.progress.clone());
    Ok(JobState { phase: Phase::Running { lease }, progress, ..state.clone() })
}
