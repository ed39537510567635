//! The host of a guest without a job: empty answers, and no checkpoints.

use std::time::Duration;

use async_trait::async_trait;

use crate::domain::{EventName, InboxEvent, JobId, Json};
use crate::ports::{AttemptHost, CheckpointError, JobResult, StepRequest, SubmitError};

/// The host of a plugin while it describes its tasks.
pub(super) struct NoJob;

#[async_trait]
impl AttemptHost for NoJob {
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

    async fn parent(&self, _: u32) -> Result<Option<JobResult>, String> {
        Ok(None)
    }

    async fn submit(&self, _: &str, _: StepRequest) -> Result<JobId, SubmitError> {
        Err(SubmitError::Unavailable("there is no job, and so no step".to_owned()))
    }

    async fn submitted(&self, _: &str) -> Result<Option<JobResult>, String> {
        Ok(None)
    }

    async fn event(&self, _: EventName) -> Result<Option<InboxEvent>, String> {
        Ok(None)
    }

    async fn event_url(&self, _: EventName, _: Duration) -> Result<String, String> {
        Err("there is no job, and so no event".to_owned())
    }

    fn log_line(&self, _: &str) {}
}
