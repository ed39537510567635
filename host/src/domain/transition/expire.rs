//! A job that never started in time.

use super::{Change, Facts, change_to};
use crate::domain::{Failure, FailureKind, Job, Order, Phase, Timestamp};

/// Discards a job that never started and whose time to start is over, whatever holds it back. `None` if it is
/// not such a job.
pub fn expire(job: &Job, order: Option<&Order>, now: Timestamp) -> Option<Change> {
    job.state.has_expired(now).then(|| {
        let failure = Failure::permanent(FailureKind::Expired, "the job did not start before it expired");
        let facts = Facts { failure: Some(failure), ..Facts::default() };
        change_to(Phase::Discarded { at: now }, job, order, facts, now)
    })
}
