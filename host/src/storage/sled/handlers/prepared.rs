//! The part of a submission that is done before it is decided: its heads are encoded by those who submit them,
//! side by side, and not by the thread that decides for all.

use super::super::codec::Head;
use super::heads::Rows;
use crate::domain::{Caller, FullJob, Job, NameLimit, Order, TaskHolds, Timestamp};
use crate::ports::{IdempotencyKey, NewJob, StorageResult, Submission};

/// A submission, ready to be decided.
pub struct PreparedSubmission {
    /// The jobs.
    pub jobs: Vec<PreparedJob>,
    /// See [`Submission::idempotency`].
    pub idempotency: Option<IdempotencyKey>,
    /// See [`Submission::caller`].
    pub caller: Caller,
    /// See [`Submission::held`].
    pub held: TaskHolds,
    /// See [`Submission::names`].
    pub names: Option<NameLimit>,
    /// See [`Submission::now`].
    pub now: Timestamp,
    /// See [`Submission::shows_results`].
    pub shows_results: bool,
}

/// A job of it.
pub struct PreparedJob {
    /// The job.
    pub full: FullJob,
    /// Its rows, if it is stored as it is.
    pub rows: Rows,
    /// The order that it completes.
    pub order: Option<Order>,
    /// The job that delivers its webhook.
    pub webhook: Option<Box<FullJob>>,
}

impl PreparedJob {
    /// The job and its webhook.
    pub fn jobs(&self) -> impl Iterator<Item = &Job> + Clone {
        std::iter::once(&self.full.job).chain(self.webhook.as_deref().map(|webhook| &webhook.job))
    }
}

/// Encodes what is to be stored.
pub fn prepare(submission: Submission) -> StorageResult<PreparedSubmission> {
    let shows_results = submission.shows_results();
    let Submission { jobs, idempotency, caller, held, names, now } = submission;
    let until = idempotency.as_ref().map(|key| key.expires_at);
    let prepare = |NewJob { job, payload, order, webhook }| {
        let head = Head { spec: job.spec.clone(), version: 0, answered_until: until };
        let rows = Rows::of(head, &payload)?;
        Ok(PreparedJob { full: FullJob { job, payload }, rows, order, webhook })
    };
    let jobs = jobs.into_iter().map(prepare).collect::<StorageResult<_>>()?;
    Ok(PreparedSubmission { jobs, idempotency, caller, held, names, now, shows_results })
}
