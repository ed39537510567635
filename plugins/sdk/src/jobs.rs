//! Jobs that a task submits.
//!
//! ```no_run
//! use serde_json::json;
//! use taskbox_task::{TaskError, jobs};
//!
//! fn resize_all(images: &[String]) -> Result<(), TaskError> {
//!     for image in images {
//!         jobs::submit(image, "resize", &json!({ "image": image }))?;
//!     }
//!     Ok(())
//! }
//! ```

use serde::Serialize;

use crate::bindings::taskbox::task::jobs::{self, SubmitError};
use crate::{JobResult, Json, TaskError};

/// Submits a job in a step, and returns its id. The same step submits once, however often it is tried: with another task or
/// input it is refused.
pub fn submit(step: &str, task: &str, input: &impl Serialize) -> Result<String, TaskError> {
    submit_json(step, task, &json(input)?, None)
}

/// The same, with options: an object with the fields of a submission over HTTP, but for `task` and `input`.
pub fn submit_with(
    step: &str,
    task: &str,
    input: &impl Serialize,
    options: &impl Serialize,
) -> Result<String, TaskError> {
    submit_json(step, task, &json(input)?, Some(&json(options)?))
}

/// The job of a step as it is now; `None` if there is no such step.
pub fn get(step: &str) -> Option<JobResult> {
    jobs::get(step).map(JobResult::from)
}

fn submit_json(step: &str, task: &str, input: &str, options: Option<&str>) -> Result<String, TaskError> {
    jobs::submit(step, task, input, options).map_err(|error| match error {
        SubmitError::Refused(reason) => TaskError::permanent(reason),
        SubmitError::Unavailable(reason) => TaskError::retryable(reason),
    })
}

fn json(value: &impl Serialize) -> Result<Json, TaskError> {
    serde_json::to_string(value).map_err(|error| TaskError::permanent(format!("this is not JSON: {error}")))
}
