//! The results of other jobs: of those that a job waited for, and of those that it submitted.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Json, TaskError};

/// The result of another job.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct JobResult {
    /// Its id.
    pub job_id: String,
    /// Its task; `None` if it was deleted.
    pub task: Option<String>,
    /// `completed`, `discarded`, `cancelled` or `deleted`; or the state of a job that is not final.
    pub state: String,
    /// Its result, if it completed.
    pub output: Option<Json>,
    /// The error of its last failed attempt, if it did not complete.
    pub error: Option<String>,
}

impl JobResult {
    /// The result of a completed job, for a [test](crate::testing).
    ///
    /// # Panics
    ///
    /// If the output is not JSON, such as a map whose keys are not strings.
    pub fn completed(output: &(impl Serialize + ?Sized)) -> Self {
        let output = serde_json::to_string(output).expect("the output of a test is JSON");
        Self { output: Some(output), ..Self::in_state("completed") }
    }

    /// The result of a job that failed for good, for a [test](crate::testing).
    pub fn discarded(error: impl Into<String>) -> Self {
        Self { error: Some(error.into()), ..Self::in_state("discarded") }
    }

    /// A job in this state, without a result and an error, for a [test](crate::testing).
    pub fn in_state(state: impl Into<String>) -> Self {
        let (job_id, task) = ("job-of-another-task".to_owned(), Some("task".to_owned()));
        Self { job_id, task, state: state.into(), output: None, error: None }
    }

    /// The same with another id.
    pub fn with_id(self, job_id: impl Into<String>) -> Self {
        Self { job_id: job_id.into(), ..self }
    }

    /// Whether it completed.
    pub fn is_completed(&self) -> bool {
        self.state == "completed"
    }

    /// Its result as a value. The error for a job that did not complete is permanent: another attempt would find no
    /// result either.
    pub fn output<T: DeserializeOwned>(&self) -> Result<T, TaskError> {
        let Self { job_id, state, .. } = self;
        let output = self.output.as_deref();
        let output = output
            .ok_or_else(|| TaskError::permanent(format!("the job {job_id} is {state} and has no result")))?;
        serde_json::from_str(output).map_err(|error| {
            TaskError::permanent(format!("the result of the job {job_id} does not fit: {error}"))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_is_read_and_what_is_none_says_why() {
        assert_eq!(JobResult::completed(&7).output(), Ok(7));
        let text = |job: JobResult| job.output::<u8>().unwrap_err().to_string();
        assert!(text(JobResult::discarded("down")).contains("is discarded"));
        assert!(text(JobResult::completed(&"x")).contains("does not fit"));
    }
}
