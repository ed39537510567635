//! The jobs that a caller may see.

use crate::api::Api;
use crate::api::access::check_read;
use crate::api::problem::{Kind, Problem};
use crate::domain::transition::Beyond;
use crate::domain::{Caller, JobId};

/// Refuses a job that is not there, is another token's to a caller that may see only its own, or is beyond the queues and tasks
/// that the caller is bound to.
pub(super) async fn check_may_read(api: &Api, caller: &Caller, id: JobId) -> Result<(), Problem> {
    let submitter = api.queue.submitter(id).await?.ok_or_else(|| Problem::no_such("job", id))?;
    check_read(caller, &submitter, "job")?;
    if caller.bounds.is_empty() {
        return Ok(());
    }
    let details = api.queue.job(id).await?.ok_or_else(|| Problem::no_such("job", id))?;
    match caller.is_within_bounds(&details.job) {
        true => Ok(()),
        false => Err(Problem::new(Kind::FORBIDDEN, Beyond(id).to_string())),
    }
}
