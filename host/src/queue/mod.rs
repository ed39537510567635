//! Use cases of jobs: submitting, watching, cancelling; and the worker that runs them. It knows
//! storage, the sandbox and plugins only by their ports.

mod act;
mod batch;
mod bulk;
mod control;
mod counts;
mod gauges;
mod inbox;
mod operations;
mod retention;
mod search;
mod submit;
mod throughput;
mod wait;
mod watch;
mod why;
pub mod worker;

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::Notify;

use crate::domain::{
    AfterFailed, AfterWhen, Job, JobDetails, JobId, JobRequest, Json, NAMES_MAX_DEFAULT, RequestProblem,
    Retention, SubmittedStep, TaskHolds, Timestamp,
};
use crate::intake::{Intake, UnknownTask};
use crate::ports::{
    Admitted, AttemptLog, Clock, Events, Ids, JobFilter, JobPage, PageRequest, Registry, Storage,
    StorageError, StorageResult, StorageUsage,
};
pub use bulk::{BULK_IDS_MAX, BulkDone, BulkError, BulkRequest};
pub use control::TaskView;
pub use counts::StateCounts;
pub use operations::OperationError;
pub use search::{FoundJobs, SEARCHED_MAX};
pub use watch::{JobNews, JobWatch};
use worker::Running;

/// The most jobs of one submission.
pub const BATCH_JOBS_MAX: usize = 10_000;

/// Jobs to submit together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// The jobs, 1 to [`BATCH_JOBS_MAX`].
    pub jobs: Vec<JobRequest>,
    /// One more that waits for all of them: after how many of them it runs, and the effect on it when one
    /// fails.
    pub callback: Option<(JobRequest, AfterWhen, AfterFailed)>,
}

/// Jobs that were submitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubmittedJobs {
    /// What each came to, in order.
    pub jobs: Vec<SubmittedJob>,
    /// The callback of a batch.
    pub callback: Option<SubmittedJob>,
    /// When they were submitted: all is said as it was then.
    pub at: Timestamp,
    /// Their tasks that were held back then.
    pub held: TaskHolds,
    /// Whether they were submitted before, under the same idempotency key.
    pub replayed: bool,
}

/// What a job came to when it was submitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubmittedJob {
    /// The job that stands for it. The results of a duplicate are there only when it was submitted alone.
    pub details: JobDetails,
    /// Whether that job was there before, by its unique key.
    pub duplicate: bool,
}

impl From<Admitted> for SubmittedJob {
    fn from(admitted: Admitted) -> Self {
        let Admitted { job, payload, output, errors, duplicate, .. } = admitted;
        Self { details: JobDetails { job, payload, output, errors }, duplicate }
    }
}

/// Why jobs were not submitted. Nothing was stored.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// Fields are wrong. The pointers of a batch begin with `/jobs/<index>` or `/callback`.
    #[error("the job is not valid")]
    Invalid(Vec<RequestProblem>),
    /// No plugin offers the task, and the submission does not allow an unknown one.
    #[error("{unknown}")]
    UnknownTask {
        /// JSON pointer to its name.
        pointer: String,
        /// Which.
        unknown: UnknownTask,
    },
    /// One of them would replace, move or wait for a job of another submitter, and the caller may act on its
    /// own only.
    #[error("{}", .0.detail)]
    Foreign(RequestProblem),
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Jobs: submitting, showing, watching, acting on them.
pub struct Queue {
    storage: Arc<dyn Storage>,
    registry: Arc<dyn Registry>,
    events: Arc<dyn Events>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    intake: Arc<Intake>,
    running: Arc<Running>,
    retention: Retention,
    names_max: usize,
    /// Notified when an operation begins.
    operating: Notify,
}

impl Queue {
    /// The use cases over these ports. `running` is what this host's worker runs.
    pub fn new(
        storage: Arc<dyn Storage>,
        registry: Arc<dyn Registry>,
        events: Arc<dyn Events>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
        running: Arc<Running>,
    ) -> Self {
        let (retention, names_max) = (Retention::default(), NAMES_MAX_DEFAULT);
        let intake = Intake::new(storage.clone(), registry.clone(), events.clone(), ids.clone());
        Self {
            storage,
            registry,
            events,
            clock,
            ids,
            intake,
            running,
            retention,
            names_max,
            operating: Notify::new(),
        }
    }

    /// The same, with another number of names of queues, and of tasks, that submissions may bring into use.
    pub fn with_names_max(self, names_max: usize) -> Self {
        Self { names_max, ..self }
    }

    /// The space that storage takes.
    pub async fn usage(&self) -> StorageResult<StorageUsage> {
        self.storage.usage().await
    }

    /// Whether new jobs would be stored now.
    pub async fn takes_jobs(&self) -> StorageResult<()> {
        self.storage.takes_jobs().await
    }

    /// One job, with the progress of an attempt that runs on this host.
    pub async fn job(&self, id: JobId) -> StorageResult<Option<JobDetails>> {
        let mut details = self.storage.job(id).await?;
        if let (Some(details), Some(progress)) = (details.as_mut(), self.running.progress(id)) {
            details.job.state.progress = Some(progress);
        }
        Ok(details)
    }

    /// Jobs, newest first.
    pub async fn jobs(&self, filter: JobFilter, page: PageRequest<JobId>) -> StorageResult<JobPage> {
        self.storage.jobs(filter, page, self.clock.now()).await
    }

    /// The steps in which a job submitted others, by name.
    pub async fn steps(&self, id: JobId) -> StorageResult<Vec<SubmittedStep>> {
        let mut steps = self.storage.steps(id).await?;
        steps.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(steps)
    }

    /// The values that a job has stored for its next attempts, by name.
    pub async fn checkpoints(&self, id: JobId) -> StorageResult<BTreeMap<String, Json>> {
        self.storage.checkpoints(id).await
    }

    /// The logs of a job, and what an attempt that runs on this host has printed so far.
    pub async fn logs_so_far(&self, job: &Job) -> StorageResult<Vec<AttemptLog>> {
        let mut logs = self.storage.logs(job.spec.id).await?;
        // An attempt that has just been settled may still be known as a running one.
        let printed = self.running.printed(job.spec.id).filter(|_| job.state.is_running());
        if let Some(printed) = printed.filter(|printed| !printed.text.is_empty()) {
            logs.push(AttemptLog { attempt: job.state.attempt, text: printed.text });
        }
        Ok(logs)
    }

    /// The logs of a job.
    pub async fn logs(&self, id: JobId) -> StorageResult<Vec<AttemptLog>> {
        self.storage.logs(id).await
    }
}
