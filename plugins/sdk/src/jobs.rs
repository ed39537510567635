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

use std::time::Duration;

use serde::Serialize;

use crate::bindings::taskbox::task::events::{self, Event};
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

/// Waits until the jobs of these steps are final, at most 1,000, without a sandbox and without counting an attempt. Returns
/// whether they are: `false` when the time was over before. Each wait of a task has a name of its own, which is that of an
/// [event](crate::events).
///
/// If they are not final, the error ends the attempt: the job runs again from its beginning when they are, or when the timeout
/// is over.
pub fn wait_for(name: &str, steps: &[impl AsRef<str>], timeout: Duration) -> Result<bool, TaskError> {
    match events::get(name) {
        Some(Event::Value(_)) => Ok(true),
        Some(Event::TimedOut) => Ok(false),
        None => {
            let steps = steps.iter().map(|step| step.as_ref().to_owned()).collect();
            Err(TaskError::WaitForJobs { name: name.to_owned(), steps, timeout })
        }
    }
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
