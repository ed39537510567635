//! The jobs that a caller may see.

use crate::api::Api;
use crate::api::access::check_read;
use crate::api::problem::Problem;
use crate::domain::{Caller, JobId};

/// Refuses a job that is not there, or is another token's to a caller that may see only its own.
pub(super) async fn check_may_read(api: &Api, caller: &Caller, id: JobId) -> Result<(), Problem> {
    let submitter = api.queue.submitter(id).await?.ok_or_else(|| Problem::no_such("job", id))?;
    check_read(caller, &submitter, "job")
}
