//! The jobs that the job waited for.

use crate::{Job, JobResult};

/// # Parents
impl Job {
    /// The results of the jobs that this one waited for, in the order of its `after`. Each is read when the iterator reaches
    /// it.
    ///
    /// ```
    /// # use serde_json::json;
    /// # use taskbox_task::{Job, JobResult, TaskError};
    /// fn total(job: &Job, _: ()) -> Result<u64, TaskError> {
    ///     job.parents().map(|parent| parent.output::<u64>()).sum()
    /// }
    ///
    /// let job = Job::for_test().with_parent(JobResult::completed(&3)).with_parent(JobResult::completed(&4));
    /// assert_eq!(total(&job, ()), Ok(7));
    /// ```
    pub fn parents(&self) -> impl Iterator<Item = JobResult> {
        (0..self.host.parent_count()).filter_map(|index| self.host.parent(index))
    }
}
