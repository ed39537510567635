//! The parents of a job, outside.

use crate::api::read::{Fields, Value};
use crate::domain::AfterRequest;

/// Reads the parents of a job. Without `after` the fields that qualify it are refused.
pub(super) fn read_after(fields: &mut Fields<'_>) -> Option<AfterRequest> {
    let jobs = fields.optional("after", |after| after.list(Value::parsed));
    let when = fields.optional("after_when", Value::parsed);
    let on_failed = fields.optional("after_failed", Value::parsed);
    if jobs.is_none() {
        for (name, is_there) in [("after_when", when.is_some()), ("after_failed", on_failed.is_some())] {
            if is_there {
                fields.refuse(name, "requires `after`");
            }
        }
    }
    let (when, on_failed) = (when.unwrap_or_default(), on_failed.unwrap_or_default());
    Some(AfterRequest { jobs: jobs?, when, on_failed })
}
