//! The `job` interface: what a guest may ask about its own job, checked and handed on.

use std::sync::Arc;
use std::time::Duration;

use super::contract::v0_1::taskbox::task::{job, types};
use super::state::AttemptState;
use crate::domain::Json;
use crate::ports::{AttemptHost, CheckpointError};

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

/// The job's side of an attempt.
pub(super) struct JobSide {
    host: Arc<dyn AttemptHost>,
    stored: u32,
    snooze: Option<Duration>,
}

impl JobSide {
    pub(super) fn new(host: Arc<dyn AttemptHost>) -> Self {
        Self { host, stored: 0, snooze: None }
    }

    /// Who answers the guest.
    pub(super) fn host(&self) -> &Arc<dyn AttemptHost> {
        &self.host
    }

    /// For how long the guest asked to be left alone.
    pub(super) fn snooze(&self) -> Option<Duration> {
        self.snooze
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

impl job::Host for AttemptState {
    fn report_progress(&mut self, done: u64, total: u64, message: String) {
        self.job.host.report_progress(done, total, &message);
    }

    fn is_cancelled(&mut self) -> bool {
        self.job.host.is_cancelled()
    }

    fn snooze(&mut self, delay_ms: u64) {
        self.job.snooze = Some(Duration::from_millis(delay_ms));
    }

    async fn get_checkpoint(&mut self, name: String) -> wasmtime::Result<Option<String>> {
        // A trap, because to answer "there is none" might repeat a step that must not be repeated.
        let value = self.job.host.checkpoint(&name).await.map_err(|error| match error {
            CheckpointError::Unavailable(reason) => CheckpointFailed::Unread(reason),
            CheckpointError::Refused(reason) => CheckpointFailed::Refused(reason),
        })?;
        Ok(value.map(|value| value.as_str().to_owned()))
    }

    async fn set_checkpoint(&mut self, name: String, value: String) -> wasmtime::Result<Result<(), String>> {
        let value = match self.job.checked(&name, value) {
            Ok(value) => value,
            Err(reason) => return Ok(Err(reason)),
        };
        match self.job.host.save_checkpoint(&name, value).await {
            Ok(()) => Ok(Ok(())),
            Err(CheckpointError::Unavailable(reason)) => Ok(Err(reason)),
            // A trap, because a plugin that tries again would repeat the step on every attempt.
            Err(CheckpointError::Refused(reason)) => Err(CheckpointFailed::Refused(reason).into()),
        }
    }
}

impl types::Host for AttemptState {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::nobody::Nobody;

    #[test]
    fn a_checkpoint_that_is_no_json_is_refused() {
        let mut side = JobSide::new(Arc::new(Nobody));
        assert!(side.checked("a", "{".into()).unwrap_err().contains("not JSON"));
        let deep = "[".repeat(101) + &"]".repeat(101);
        assert!(side.checked("a", deep).unwrap_err().contains("is nested deeper than 100 levels"));
        assert_eq!(side.checked("a", "1".into()).unwrap().as_str(), "1");
    }

    #[test]
    fn checkpoints_are_counted() {
        let mut side = JobSide::new(Arc::new(Nobody));
        for _ in 0..CHECKPOINTS_MAX {
            side.checked("a", "1".into()).unwrap();
        }
        assert!(side.checked("a", "1".into()).unwrap_err().contains("1000"));
    }
}
