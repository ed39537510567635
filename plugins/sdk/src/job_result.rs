//! The results of other jobs: of those that a job waited for, and of those that it submitted.

use serde::de::DeserializeOwned;

use crate::bindings::taskbox::task::types;
use crate::{Json, TaskError};

/// The result of another job.
#[derive(Clone, PartialEq, Eq, Debug)]
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

impl From<types::JobResult> for JobResult {
    fn from(result: types::JobResult) -> Self {
        let types::JobResult { job_id, task, state, output, error } = result;
        Self { job_id, task, state, output, error }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(state: &str, output: Option<&str>) -> JobResult {
        let output = output.map(str::to_owned);
        JobResult { job_id: "j".to_owned(), task: None, state: state.to_owned(), output, error: None }
    }

    #[test]
    fn a_result_is_read_and_what_is_none_says_why() {
        assert_eq!(job("completed", Some("7")).output(), Ok(7));
        let text = |job: JobResult| job.output::<u8>().unwrap_err().to_string();
        assert!(text(job("discarded", None)).contains("is discarded"));
        assert!(text(job("completed", Some("\"x\""))).contains("does not fit"));
    }
}
