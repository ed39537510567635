//! Functions on the running job.

use crate::TaskError;
use crate::bindings::taskbox::task::job;

/// Reports progress to watchers. Cheap; only the latest call counts.
pub fn report_progress(done: u64, total: u64, message: &str) {
    job::report_progress(done, total, message);
}

/// Whether the job is cancelled.
pub fn is_cancelled() -> bool {
    job::is_cancelled()
}

/// Ends the attempt if the job is cancelled: `job::stop_if_cancelled()?`.
///
/// Call it before a step that is hard to undo.
pub fn stop_if_cancelled() -> Result<(), TaskError> {
    if is_cancelled() { Err(TaskError::Cancelled) } else { Ok(()) }
}
