//! The results of other jobs, for a task.

use crate::domain::{JobDetails, JobId, Phase, Timestamp};
use crate::ports::JobResult;

/// A job as another one sees it.
pub(super) fn job_result(job_id: JobId, details: Option<JobDetails>, now: Timestamp) -> JobResult {
    let Some(JobDetails { job, payload: _, output, mut errors }) = details else {
        return JobResult { job_id, task: None, state: None, output: None, error: None };
    };
    let failed = !matches!(job.state.phase, Phase::Completed { .. });
    let error = errors.pop().filter(|_| failed).map(|error| error.message);
    JobResult { job_id, state: Some(job.state_name(now)), task: Some(job.spec.task), output, error }
}
