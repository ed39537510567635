//! What a guest may ask of its host: progress, cancellation, checkpoints.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::OnceCell;
use tracing::warn;

use super::WorkerContext;
use super::job_result::job_result;
use super::running::RunningAttempt;
use super::steps::Steps;
use super::trace;
use crate::domain::{
    EventKey, EventName, EventUrl, Failure, FailureKind, Grant, InboxEvent, Job, JobId, Json, Outcome,
    Progress, check_checkpoint, check_checkpoint_name, untaken_step,
};
use crate::ports::{
    AttemptHost, CheckpointError, Event, JobResult, Lines, StepRequest, StorageError, SubmitError, Topic,
};
use crate::spans::{OpenSpan, Place};

/// The error of a URL on a host that does not know how others reach it.
const NO_PUBLIC_URL: &str = "this host has no public URL; an operator has to set `public_url`";

/// The longest progress message that is kept, in bytes.
const PROGRESS_MESSAGE_BYTES_MAX: usize = 1024;
/// The host of one attempt.
pub(super) struct JobHost {
    context: Arc<WorkerContext>,
    job: Arc<Job>,
    attempt: Arc<RunningAttempt>,
    steps: Steps,
    /// Of its spans, if they are recorded.
    place: Option<Place>,
    /// Read from storage when the guest first asks; most tasks never do.
    checkpoints: OnceCell<Mutex<BTreeMap<String, Json>>>,
}

impl JobHost {
    pub(super) fn new(
        context: Arc<WorkerContext>,
        job: &Arc<Job>,
        attempt: Arc<RunningAttempt>,
        grant: Arc<Grant>,
        place: Option<Place>,
    ) -> Self {
        let steps = Steps::new(Arc::clone(job), attempt.token, grant);
        Self { context, job: Arc::clone(job), attempt, steps, place, checkpoints: OnceCell::new() }
    }

    fn id(&self) -> JobId {
        self.job.spec.id
    }

    fn parents(&self) -> &[JobId] {
        self.job.spec.after.as_ref().map_or(&[], |after| &after.jobs)
    }

    /// Whether the job waited for this event in vain before this attempt.
    fn has_missed(&self, event: &EventName) -> bool {
        self.job.state.wait.as_ref().is_some_and(|wait| wait.event == *event)
    }

    /// The outcome of the attempt, unless it waits for the job of a step that was not taken.
    pub(super) async fn check(&self, outcome: Outcome) -> Outcome {
        let Outcome::Waiting(wait) = &outcome else { return outcome };
        match self.steps.missing(&self.context, &wait.steps).await {
            Ok(None) => outcome,
            Ok(Some(step)) => Outcome::Failed(untaken_step(step)),
            Err(error) => {
                let message = format!("the steps of the job could not be read: {error}");
                Outcome::Failed(Failure::retryable(FailureKind::Failed, message))
            }
        }
    }

    async fn checkpoints(&self) -> Result<&Mutex<BTreeMap<String, Json>>, CheckpointError> {
        let read = || async { self.context.storage.checkpoints(self.id()).await.map(Mutex::new) };
        self.checkpoints.get_or_try_init(read).await.map_err(unavailable)
    }
}

fn unavailable(error: StorageError) -> CheckpointError {
    warn!(%error, "a checkpoint was not read or stored");
    CheckpointError::Unavailable(error.to_string())
}

#[async_trait]
impl AttemptHost for JobHost {
    fn report_progress(&self, done: u64, total: u64, message: &str) {
        let message = message[..message.floor_char_boundary(PROGRESS_MESSAGE_BYTES_MAX)].to_owned();
        let progress = Progress { done, total, message, at: self.context.clock.now() };
        self.attempt.set_progress(progress.clone());
        self.context.events.publish(Event::Progress(self.id(), progress));
    }

    fn is_cancelled(&self) -> bool {
        self.attempt.is_cancelled()
    }

    async fn checkpoint(&self, name: &str) -> Result<Option<Json>, CheckpointError> {
        check_checkpoint_name(name).map_err(CheckpointError::Refused)?;
        let known = self.checkpoints().await?;
        Ok(known.lock().unwrap_or_else(PoisonError::into_inner).get(name).cloned())
    }

    async fn save_checkpoint(&self, name: &str, value: Json) -> Result<(), CheckpointError> {
        let known = self.checkpoints().await?;
        check_checkpoint(&known.lock().unwrap_or_else(PoisonError::into_inner), name, &value)
            .map_err(CheckpointError::Refused)?;
        let (storage, token) = (&self.context.storage, self.attempt.token);
        let span = trace::step(self.place, "checkpoint");
        storage
            .save_checkpoint(self.id(), token, name.to_owned(), value.clone())
            .await
            .map_err(unavailable)?;
        span.into_iter().for_each(OpenSpan::end);
        known.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), value);
        Ok(())
    }

    fn parent_count(&self) -> u32 {
        u32::try_from(self.parents().len()).unwrap_or(u32::MAX)
    }

    async fn parent(&self, index: u32) -> Result<Option<JobResult>, String> {
        let id = usize::try_from(index).ok().and_then(|index| self.parents().get(index));
        let Some(id) = id.copied() else { return Ok(None) };
        let details = self.context.storage.job(id).await.map_err(|error| {
            warn!(%error, parent = %id, "a parent was not read");
            error.to_string()
        })?;
        Ok(Some(job_result(id, details, self.context.clock.now())))
    }

    async fn submit(&self, step: &str, request: StepRequest) -> Result<JobId, SubmitError> {
        self.steps.submit(&self.context, step, request).await
    }

    async fn submitted(&self, step: &str) -> Result<Option<JobResult>, String> {
        self.steps.submitted(&self.context, step).await.map_err(|error| {
            warn!(%error, "a submitted job was not read");
            error.to_string()
        })
    }

    async fn event(&self, event: EventName) -> Result<Option<InboxEvent>, String> {
        let (storage, token) = (&self.context.storage, self.attempt.token);
        let found = match storage.event(self.id(), event.clone()).await {
            Ok(None) if self.has_missed(&event) => {
                storage.time_out(self.id(), token, event, self.context.clock.now()).await.map(Some)
            }
            found => found,
        };
        found.map_err(|error| {
            warn!(%error, "an event was not read");
            error.to_string()
        })
    }

    async fn event_url(&self, event: EventName, valid_for: Duration) -> Result<String, String> {
        let Some(base) = &self.context.config.public_url else { return Err(NO_PUBLIC_URL.to_owned()) };
        let (now, token) = (self.context.clock.now(), self.attempt.token);
        let key = EventKey { job: self.id(), secret: self.context.ids.event_secret() };
        let url = EventUrl::new(event, key, valid_for, now);
        let open = self.context.storage.open_url(token, url, now).await.map_err(|error| error.to_string())?;
        Ok(format!("{base}/v1/events?key={}", open.key))
    }

    fn log_line(&self, line: &str) {
        let first = self.attempt.print(line);
        if self.context.events.is_watched(Topic::Job(self.id())) {
            let (attempt, lease, text) = (self.job.state.attempt, self.attempt.token, format!("{line}\n"));
            self.context.events.publish(Event::Lines(self.id(), Lines { attempt, lease, first, text }));
        }
    }
}
