//! For which jobs a job waits.

use crate::api::read::{Fields, Value};
use crate::domain::AfterRequest;

/// Reads for whom a job waits. How it waits says nothing of a job that waits for nobody.
pub(super) fn read_after(fields: &mut Fields<'_>) -> Option<AfterRequest> {
    let jobs = fields.optional("after", |after| after.list(Value::parsed));
    let when = fields.optional("after_when", Value::parsed);
    let on_failed = fields.optional("after_failed", Value::parsed);
    if jobs.is_none() {
        for (name, is_there) in [("after_when", when.is_some()), ("after_failed", on_failed.is_some())] {
            if is_there {
                fields.refuse(name, "goes with `after`, the jobs to wait for");
            }
        }
    }
    let (when, on_failed) = (when.unwrap_or_default(), on_failed.unwrap_or_default());
    Some(AfterRequest { jobs: jobs?, when, on_failed })
}
