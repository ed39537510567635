//! The job of an attempt, as its guest sees it: requests of the guest are checked and passed on to the host.

use std::sync::Arc;
use std::time::Duration;

use super::unread::Unread;
use crate::domain::{InboxEvent, JobId, Json, NameError};
use crate::ports::{AttemptHost, CheckpointError, JobResult, StepRequest, SubmitError};

/// Checkpoints that one attempt may store: each is durable before the call returns.
const CHECKPOINTS_MAX: u32 = 1_000;

/// Ends an attempt that must not go on without its checkpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum CheckpointFailed {
    /// One could not be read, or is missing for a reason that may pass.
    #[error("a checkpoint could not be read: {0}")]
    Unread(String),
    /// One cannot be stored, now or ever.
    #[error("{0}")]
    Refused(String),
}

/// The job of an attempt.
pub(super) struct JobSide {
    host: Arc<dyn AttemptHost>,
    stored: u32,
}

impl JobSide {
    pub(super) fn new(host: Arc<dyn AttemptHost>) -> Self {
        Self { host, stored: 0 }
    }

    /// The host of the attempt.
    pub(super) fn host(&self) -> &Arc<dyn AttemptHost> {
        &self.host
    }

    /// The checkpoint of this name. An error traps: to answer "there is none" might repeat a step that must not be
    /// repeated.
    pub(super) async fn checkpoint(&self, name: &str) -> Result<Option<String>, CheckpointFailed> {
        let value = self.host.checkpoint(name).await.map_err(|error| match error {
            CheckpointError::Unavailable(reason) => CheckpointFailed::Unread(reason),
            CheckpointError::Refused(reason) => CheckpointFailed::Refused(reason),
        })?;
        Ok(value.map(|value| value.as_str().to_owned()))
    }

    /// Stores a checkpoint. Returns a problem that the guest may handle. An error traps: a plugin that tries again would
    /// repeat the step on every attempt.
    pub(super) async fn save_checkpoint(
        &mut self,
        name: &str,
        value: String,
    ) -> Result<Result<(), String>, CheckpointFailed> {
        let value = match self.checked(name, value) {
            Ok(value) => value,
            Err(reason) => return Ok(Err(reason)),
        };
        match self.host.save_checkpoint(name, value).await {
            Ok(()) => Ok(Ok(())),
            Err(CheckpointError::Unavailable(reason)) => Ok(Err(reason)),
            Err(CheckpointError::Refused(reason)) => Err(CheckpointFailed::Refused(reason)),
        }
    }

    /// A parent of the job. An error traps: to answer "there is none" might lead to a wrong result.
    pub(super) async fn parent(&self, index: u32) -> Result<Option<JobResult>, Unread> {
        self.host.parent(index).await.map_err(|reason| Unread { what: "a parent of the job", reason })
    }

    /// Submits a job in a step.
    pub(super) async fn submit(
        &self,
        step: &str,
        task: String,
        input: String,
        options: Option<String>,
    ) -> Result<JobId, SubmitError> {
        let read = |what, text: String| {
            Json::parse(text)
                .map_err(|error| SubmitError::Refused(format!("{what} of step {step:?} is {error}")))
        };
        let input = read("the input", input)?;
        let options = options.map(|options| read("the object of options", options)).transpose()?;
        self.host.submit(step, StepRequest { task, input, options }).await
    }

    /// The job of a step. An error traps: to answer "there is none" might lead to a wrong result.
    pub(super) async fn submitted(&self, step: &str) -> Result<Option<JobResult>, Unread> {
        let found = self.host.submitted(step).await;
        found.map_err(|reason| Unread { what: "a job that this one submitted", reason })
    }

    /// What came of an event. There is none of what cannot be the name of one. An error traps: to answer "there is none"
    /// might make the task wait for what has arrived.
    pub(super) async fn event(&self, name: &str) -> Result<Option<InboxEvent>, Unread> {
        let Ok(event) = name.parse() else { return Ok(None) };
        self.host.event(event).await.map_err(|reason| Unread { what: "an event of the job", reason })
    }

    /// The URL of an event. Returns a problem that the guest may handle.
    pub(super) async fn event_url(&mut self, name: &str, valid_for: Duration) -> Result<String, String> {
        let event = name.parse().map_err(|error: NameError| error.to_string())?;
        self.host.event_url(event, valid_for).await
    }

    /// A checkpoint that may be stored, or what is wrong with it.
    fn checked(&mut self, name: &str, value: String) -> Result<Json, String> {
        if self.stored >= CHECKPOINTS_MAX {
            return Err(format!(
                "this attempt has stored {CHECKPOINTS_MAX} checkpoints, which is all it may"
            ));
        }
        self.stored += 1;
        Json::parse(value).map_err(|error| format!("checkpoint {name:?} is {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::no_job::NoJob;

    #[test]
    fn a_checkpoint_that_is_no_json_is_refused() {
        let mut side = JobSide::new(Arc::new(NoJob));
        assert!(side.checked("a", "{".into()).unwrap_err().contains("not JSON"));
        let deep = "[".repeat(101) + &"]".repeat(101);
        assert!(side.checked("a", deep).unwrap_err().contains("is nested deeper than 100 levels"));
        assert_eq!(side.checked("a", "1".into()).unwrap().as_str(), "1");
    }

    #[test]
    fn checkpoints_are_counted() {
        let mut side = JobSide::new(Arc::new(NoJob));
        for _ in 0..CHECKPOINTS_MAX {
            side.checked("a", "1".into()).unwrap();
        }
        assert!(side.checked("a", "1".into()).unwrap_err().contains("1000"));
    }
}
