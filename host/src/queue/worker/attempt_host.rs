//! What a guest may ask of its host: progress, cancellation, checkpoints.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::OnceCell;
use tracing::warn;

use super::Shared;
use super::running::RunningAttempt;
use crate::domain::{Job, JobId, Json, Progress};
use crate::ports::{AttemptHost, Event};

/// The longest progress message that is kept, in bytes.
const PROGRESS_MESSAGE_BYTES_MAX: usize = 1024;
/// The longest name of a checkpoint, in bytes.
const CHECKPOINT_NAME_BYTES_MAX: usize = 128;
/// The largest checkpoint, in bytes.
const CHECKPOINT_BYTES_MAX: usize = 256 * 1024;
/// How many checkpoints a job may have.
const CHECKPOINTS_MAX: usize = 1000;

/// The host of one attempt.
pub(super) struct JobHost {
    shared: Arc<Shared>,
    job: JobId,
    number: u32,
    attempt: Arc<RunningAttempt>,
    /// Read from storage when the guest first asks; most tasks never do.
    checkpoints: OnceCell<std::sync::Mutex<BTreeMap<String, Json>>>,
}

impl JobHost {
    pub(super) fn new(shared: Arc<Shared>, job: &Job, attempt: Arc<RunningAttempt>) -> Self {
        Self { shared, job: job.spec.id, number: job.state.attempt, attempt, checkpoints: OnceCell::new() }
    }

    async fn checkpoints(&self) -> Result<&std::sync::Mutex<BTreeMap<String, Json>>, String> {
        let read = || async { self.shared.storage.checkpoints(self.job).await.map(std::sync::Mutex::new) };
        self.checkpoints.get_or_try_init(read).await.map_err(|error| error.to_string())
    }
}

#[async_trait]
impl AttemptHost for JobHost {
    fn report_progress(&self, done: u64, total: u64, message: &str) {
        let message = message[..message.floor_char_boundary(PROGRESS_MESSAGE_BYTES_MAX)].to_owned();
        let progress = Progress { done, total, message, at: self.shared.clock.now() };
        self.attempt.set_progress(progress.clone());
        self.shared.events.publish(Event::Progress(self.job, progress));
    }

    fn is_cancelled(&self) -> bool {
        self.attempt.is_cancelled()
    }

    async fn checkpoint(&self, name: &str) -> Result<Option<Json>, String> {
        let known = self.checkpoints().await?;
        Ok(known.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).get(name).cloned())
    }

    async fn save_checkpoint(&self, name: &str, value: Json) -> Result<(), String> {
        let known = self.checkpoints().await?;
        let count = known.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).len();
        check_size(name, &value, count)?;
        let saving =
            self.shared.storage.save_checkpoint(self.job, self.attempt.token, name.to_owned(), value.clone());
        if let Err(error) = saving.await {
            warn!(%error, name, "could not save a checkpoint");
            return Err(error.to_string());
        }
        known.lock().unwrap_or_else(|poisoned| poisoned.into_inner()).insert(name.to_owned(), value);
        Ok(())
    }

    fn log_line(&self, line: &str) {
        self.shared.events.publish(Event::Log { job: self.job, attempt: self.number, line: line.to_owned() });
    }
}

fn check_size(name: &str, value: &Json, count: usize) -> Result<(), String> {
    if name.is_empty() || name.len() > CHECKPOINT_NAME_BYTES_MAX {
        return Err(format!("a checkpoint's name must have 1 to {CHECKPOINT_NAME_BYTES_MAX} bytes"));
    }
    if value.as_str().len() > CHECKPOINT_BYTES_MAX {
        return Err(format!("a checkpoint may have at most {CHECKPOINT_BYTES_MAX} bytes"));
    }
    if count >= CHECKPOINTS_MAX {
        return Err(format!("a job may have at most {CHECKPOINTS_MAX} checkpoints"));
    }
    Ok(())
}
