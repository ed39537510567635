//! Events of the outside: a task waits for one without holding a sandbox.
//!
//! ```no_run
//! use std::time::Duration;
//!
//! use serde::Deserialize;
//! use taskbox_task::{TaskError, events};
//!
//! #[derive(Deserialize)]
//! struct Approval {
//!     by: String,
//! }
//!
//! const DAY: Duration = Duration::from_secs(24 * 3600);
//!
//! fn approved_by() -> Result<String, TaskError> {
//!     match events::wait_for::<Approval>("approval", DAY)? {
//!         Some(approval) => Ok(approval.by),
//!         None => Err(TaskError::permanent("not approved in time")),
//!     }
//! }
//! ```

use std::time::Duration;

use serde::de::DeserializeOwned;

use crate::TaskError;
use crate::bindings::taskbox::task::events::{self, Event};
use crate::error::to_ms;

/// The value of the event of this name; `None` if the job has waited for it in vain.
///
/// If the event is not there, the error ends the attempt: the job runs again from its beginning when it is, or when the
/// timeout is over. That costs no attempt, but it repeats what the task did before: keep that in checkpoints.
pub fn wait_for<T: DeserializeOwned>(name: &str, timeout: Duration) -> Result<Option<T>, TaskError> {
    match events::get(name) {
        Some(Event::Value(value)) => serde_json::from_str(&value).map(Some).map_err(|error| {
            TaskError::permanent(format!("the value of the event {name:?} does not fit: {error}"))
        }),
        Some(Event::TimedOut) => Ok(None),
        None => Err(TaskError::WaitForEvent { name: name.to_owned(), timeout }),
    }
}

/// A URL to which a third party can POST the value of the event, as JSON, once and for this time. It is the same on every
/// attempt as long as it works.
pub fn url(name: &str, valid_for: Duration) -> Result<String, TaskError> {
    events::url(name, to_ms(valid_for)).map_err(TaskError::retryable)
}
