//! The `job` interface: what a guest may ask about its own job, checked and handed on.

use std::sync::Arc;

use super::contract::v0_1::taskbox::task::{job, types};
use super::state::AttemptState;
use crate::domain::{ByteSize, Json};
use crate::ports::AttemptHost;

/// The longest name of a checkpoint.
const CHECKPOINT_NAME_BYTES_MAX: usize = 256;

/// Checkpoints that one attempt may store: each is durable before the call returns.
const CHECKPOINTS_MAX: u32 = 1_000;

/// The longest message of a progress report.
const MESSAGE_BYTES_MAX: usize = 1024;

/// Ends an attempt whose checkpoints cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a checkpoint could not be read: {0}")]
pub(super) struct CheckpointUnread(pub(super) String);

/// The job's side of an attempt.
pub(super) struct JobSide {
    host: Arc<dyn AttemptHost>,
    value_max: ByteSize,
    stored: u32,
}

impl JobSide {
    pub(super) fn new(host: Arc<dyn AttemptHost>, value_max: ByteSize) -> Self {
        Self { host, value_max, stored: 0 }
    }

    /// A checkpoint that may be stored, or what is wrong with it.
    fn checked(&mut self, name: &str, value: String) -> Result<Json, String> {
        if name.is_empty() || name.len() > CHECKPOINT_NAME_BYTES_MAX {
            return Err(format!("the name of a checkpoint has 1 to {CHECKPOINT_NAME_BYTES_MAX} bytes"));
        }
        if value.len() > self.value_max.as_usize() {
            return Err(format!(
                "checkpoint {name:?} has {} bytes; `limits.output_bytes` of the grant allows {}",
                value.len(),
                self.value_max
            ));
        }
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
        let message = &message[..message.floor_char_boundary(MESSAGE_BYTES_MAX)];
        self.job.host.report_progress(done, total, message);
    }

    fn is_cancelled(&mut self) -> bool {
        self.job.host.is_cancelled()
    }

    async fn get_checkpoint(&mut self, name: String) -> wasmtime::Result<Option<String>> {
        if name.len() > CHECKPOINT_NAME_BYTES_MAX {
            return Ok(None);
        }
        // A trap, because to answer "there is none" might repeat a step that must not be repeated.
        let value = self.job.host.checkpoint(&name).await.map_err(CheckpointUnread)?;
        Ok(value.map(|value| value.as_str().to_owned()))
    }

    async fn set_checkpoint(&mut self, name: String, value: String) -> Result<(), String> {
        let value = self.job.checked(&name, value)?;
        self.job.host.save_checkpoint(&name, value).await
    }
}

impl types::Host for AttemptState {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sandbox::nobody::Nobody;

    #[test]
    fn a_checkpoint_that_does_not_fit_is_refused_with_what_would() {
        let mut side = JobSide::new(Arc::new(Nobody), ByteSize(10));
        assert!(side.checked("", "1".into()).unwrap_err().contains("1 to 256"));
        assert!(side.checked("a", "\"12345678901\"".into()).unwrap_err().contains("output_bytes"));
        assert!(side.checked("a", "{".into()).unwrap_err().contains("not JSON"));
        assert_eq!(side.checked("a", "1".into()).unwrap().as_str(), "1");
    }

    #[test]
    fn checkpoints_are_counted() {
        let mut side = JobSide::new(Arc::new(Nobody), ByteSize(10));
        for _ in 0..CHECKPOINTS_MAX {
            side.checked("a", "1".into()).unwrap();
        }
        assert!(side.checked("a", "1".into()).unwrap_err().contains("1000"));
    }
}
