//! External events.

use std::time::Duration;

use serde::de::DeserializeOwned;

use crate::host::Event;
use crate::{Job, OrFail, TaskError, names};

/// # External events
///
/// A task waits for an event without holding a sandbox: its attempt ends, and the job runs again from its beginning when the
/// event is there. That costs no attempt, but it repeats what the task did before: keep that in [steps](Job::step).
///
/// ```
/// # use std::time::Duration;
/// # use serde::Deserialize;
/// # use serde_json::json;
/// # use taskbox_task::{Job, TaskError};
/// #[derive(Deserialize)]
/// struct Approval {
///     by: String,
/// }
///
/// const DAY: Duration = Duration::from_secs(24 * 3600);
///
/// fn approved_by(job: &Job, _: ()) -> Result<String, TaskError> {
///     match job.wait_for::<Approval>("approval", DAY)? {
///         Some(approval) => Ok(approval.by),
///         None => Err(TaskError::permanent("not approved in time")),
///     }
/// }
///
/// assert!(matches!(approved_by(&Job::for_test(), ()), Err(TaskError::WaitForEvent { .. })));
/// let job = Job::for_test().with_event("approval", &json!({ "by": "Ada" }));
/// assert_eq!(approved_by(&job, ()), Ok("Ada".to_owned()));
/// let job = Job::for_test().with_timed_out_event("approval");
/// assert_eq!(approved_by(&job, ()), Err(TaskError::permanent("not approved in time")));
/// ```
impl Job {
    /// The value of the event of this name; `None` if the wait has timed out. The name has 1 to 64 characters of
    /// `a-z`, `0-9`, `-`, `_` and `.`, beginning with a letter.
    ///
    /// If the event is not there, the error ends the attempt: the job runs again when it is, or when the timeout is over. The
    /// host bounds the timeout to a second and a year.
    pub fn wait_for<T: DeserializeOwned>(
        &self,
        name: &str,
        timeout: Duration,
    ) -> Result<Option<T>, TaskError> {
        names::check_event(name)?;
        match self.host.event(name) {
            Some(Event::Value(value)) => serde_json::from_str(&value)
                .map(Some)
                .or_permanent(format_args!("the value of the event {name:?} does not fit")),
            Some(Event::TimedOut) => Ok(None),
            None => Err(TaskError::WaitForEvent { name: name.to_owned(), timeout }),
        }
    }

    /// A URL to which a third party can POST the value of the event, as JSON, once and for this time. It is the same on
    /// every attempt as long as it works. A job has at most 100 of them. It needs a host with the setting `public_url`.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use taskbox_task::Job;
    /// let job = Job::for_test();
    /// let url = job.event_url("approval", Duration::from_secs(3600))?;
    /// assert!(url.starts_with("https://"));
    /// # Ok::<(), taskbox_task::TaskError>(())
    /// ```
    pub fn event_url(&self, name: &str, valid_for: Duration) -> Result<String, TaskError> {
        names::check_event(name)?;
        self.host.event_url(name, valid_for).map_err(TaskError::retryable)
    }
}
