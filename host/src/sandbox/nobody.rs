//! The host of a guest that has no job: it answers nothing and remembers nothing.

use async_trait::async_trait;

use crate::domain::Json;
use crate::ports::{AttemptHost, CheckpointError, Parent};

/// Stands where a job's host would, while a plugin is asked what it offers.
pub(super) struct Nobody;

#[async_trait]
impl AttemptHost for Nobody {
    fn report_progress(&self, _: u64, _: u64, _: &str) {}

    fn is_cancelled(&self) -> bool {
        false
    }

    async fn checkpoint(&self, _: &str) -> Result<Option<Json>, CheckpointError> {
        Ok(None)
    }

    async fn save_checkpoint(&self, _: &str, _: Json) -> Result<(), CheckpointError> {
        Err(CheckpointError::Unavailable("there is no job, and so no checkpoint".to_owned()))
    }

    fn parent_count(&self) -> u32 {
        0
    }

    async fn parent(&self, _: u32) -> Result<Option<Parent>, String> {
        Ok(None)
    }

    fn log_line(&self, _: &str) {}
}
