//! Progress and cancellation.

use crate::{Job, TaskError};

/// # Progress and cancellation
impl Job {
    /// Reports progress to watchers: `done` of `total`. Cheap; only the latest call counts. The message has at most
    /// 1 KiB.
    pub fn progress(&self, done: u64, total: u64, message: impl AsRef<str>) {
        self.host.report_progress(done, total, message.as_ref());
    }

    /// Whether the job is cancelled. The task should then stop and return [`TaskError::Cancelled`].
    pub fn is_cancelled(&self) -> bool {
        self.host.is_cancelled()
    }

    /// Ends the attempt if the job is cancelled. Call it before a step that is hard to undo.
    ///
    /// ```
    /// # use taskbox_task::{Job, TaskError};
    /// fn ship(job: &Job, _order: u64) -> Result<(), TaskError> {
    ///     job.progress(0, 1, "Packing");
    ///     job.stop_if_cancelled()?;
    ///     Ok(())
    /// }
    ///
    /// assert_eq!(ship(&Job::for_test(), 7), Ok(()));
    /// assert_eq!(ship(&Job::for_test().cancelled(), 7), Err(TaskError::Cancelled));
    /// ```
    pub fn stop_if_cancelled(&self) -> Result<(), TaskError> {
        if self.is_cancelled() { Err(TaskError::Cancelled) } else { Ok(()) }
    }
}
