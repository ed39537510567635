//! What a task may say of, and ask about, the job it runs.

use crate::TaskError;
use crate::bindings::taskbox::task::job;
use crate::error::to_ms;

/// Tells watchers how far the work is. Costs little; only the latest call counts.
pub fn report_progress(done: u64, total: u64, message: &str) {
    job::report_progress(done, total, message);
}

/// Whether a person cancelled the job.
pub fn is_cancelled() -> bool {
    job::is_cancelled()
}

/// Tells the host before the run ends that its error is a snooze.
pub(crate) fn announce(error: &TaskError) {
    if let TaskError::Snooze(delay) = error {
        job::snooze(to_ms(*delay));
    }
}

/// Ends the attempt here if a person cancelled the job: `job::stop_if_cancelled()?`.
///
/// The place for it is before a step that is hard to undo.
pub fn stop_if_cancelled() -> Result<(), TaskError> {
    if is_cancelled() { Err(TaskError::Cancelled) } else { Ok(()) }
}
