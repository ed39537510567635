//! Actions of callers on jobs of other submitters.

use std::fmt;

use super::Refusal;
use crate::domain::{Caller, JobId, Submitter};

/// Something that a caller would do to a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the job {job} was submitted by another token; to {deed} it requires the scope operate")]
pub struct Interference {
    /// To which job.
    pub job: JobId,
    /// By which new job, if it is one that would do it.
    pub by: Option<JobId>,
    /// What.
    pub deed: Trespass,
}

/// An action of a caller on a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trespass {
    /// Replace it by a new one of its unique key.
    Replace,
    /// Make it due at another time, by a new one of its unique key.
    Debounce,
    /// Let a new job wait for it, which then reads its result.
    WaitFor,
    /// Cancel, retry or delete it.
    ActOn,
}

/// A job in a queue or of a task that its caller is not bound to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the job {0} is not in the queues, or not of the tasks, that this token is bound to")]
pub struct Beyond(pub JobId);

impl fmt::Display for Trespass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Trespass::Replace => "replace",
            Trespass::Debounce => "debounce",
            Trespass::WaitFor => "wait for",
            Trespass::ActOn => "act on",
        })
    }
}

impl Interference {
    /// Refuses it to a caller that may not act on the jobs of this owner.
    pub fn check(self, caller: &Caller, owner: &Submitter) -> Result<(), Refusal> {
        if caller.may_act_on(owner) { Ok(()) } else { Err(Refusal::Foreign(self)) }
    }
}
