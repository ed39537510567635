//! Submissions, and their answers.

use super::Settled;
use crate::domain::{
    AttemptError, Caller, Digest, FullJob, Job, JobId, Json, NameLimit, Order, Payload, TaskHolds, Timestamp,
};

/// A submitter's word for one request, so that sending it twice does it once.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IdempotencyKey {
    /// The call and its caller: keys of different calls are different keys.
    pub scope: String,
    /// The submitter's key, 1 to 255 characters.
    pub key: String,
    /// The digest of the request's meaning.
    pub fingerprint: Digest,
    /// Time until which the key is kept.
    pub expires_at: Timestamp,
}

/// A job to store, with all that comes with it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NewJob {
    /// The job.
    pub job: Job,
    /// Its payload.
    pub payload: Payload,
    /// The order that it completes.
    pub order: Option<Order>,
    /// The job that delivers its webhook, which [waits for](crate::domain::JobSpec::after) it. It is stored
    /// unless its job is a duplicate of one that has a webhook of its own.
    pub webhook: Option<Box<FullJob>>,
}

impl NewJob {
    /// A job alone.
    pub fn new(job: Job, payload: Payload) -> Self {
        Self { job, payload, order: None, webhook: None }
    }
}

/// Jobs that are submitted in one transaction: all of them or none.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Submission {
    /// The jobs.
    pub jobs: Vec<NewJob>,
    /// Makes the submission repeatable: it remembers the answer.
    pub idempotency: Option<IdempotencyKey>,
    /// The submitter, and whether it may act on jobs of others.
    pub caller: Caller,
    /// The tasks of its jobs that are held back now, which the first answer of its key repeats.
    pub held: TaskHolds,
    /// The limit of names of queues and tasks that its jobs may bring, webhooks aside; `None` for any number.
    pub names: Option<NameLimit>,
    /// When it was submitted.
    pub now: Timestamp,
}

/// The result of a submission.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Submitted {
    /// Stored as they are.
    New,
    /// Stored, but some conflicted with others of their unique keys, or waited for jobs that were final already: what
    /// each came to, in order.
    Admitted(Vec<Admitted>),
    /// The idempotency key was seen before, with the same body: nothing was stored, and this was answered
    /// the first time.
    Replayed(FirstAnswer),
}

/// A step that was taken.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StepTaken {
    /// The job that stands for it.
    pub job: JobId,
    /// The result of the submission; none if the step was taken before, and nothing was stored now.
    pub submitted: Option<Submitted>,
}

impl Submission {
    /// Whether the answer brings the results of jobs that were there before. They may be large, so that it
    /// does only for a job that is submitted alone.
    pub fn shows_results(&self) -> bool {
        self.jobs.len() == 1
    }
}

/// The result of one job of a submission.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Admitted {
    /// The job that stands for it now: itself, or the one that was there.
    pub job: Job,
    /// The payload of that job.
    pub payload: Payload,
    /// The order of that job, if it has one.
    pub order: Option<Order>,
    /// The result of that job, where a submission [shows it](Submission::shows_results).
    pub output: Option<Json>,
    /// Its failed attempts, where a submission shows them; a new job that was discarded at once says why.
    pub errors: Vec<AttemptError>,
    /// Whether that job was there before, so that none was added.
    pub duplicate: bool,
    /// The job that was cancelled for it, and its order.
    pub superseded: Option<Settled>,
}

impl Admitted {
    /// A job that was stored as it is.
    pub fn new(job: Job, payload: Payload, order: Option<Order>) -> Self {
        Self { job, payload, order, output: None, errors: Vec::new(), duplicate: false, superseded: None }
    }
}

/// The first answer to a submission. It stays the same as long as its key is kept, whatever happens to its jobs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FirstAnswer {
    /// When it was given.
    pub at: Timestamp,
    /// The result of each job, in order. The jobs that were cancelled for one of them are left out.
    pub jobs: Vec<Admitted>,
    /// Their tasks that were held back then.
    pub held: TaskHolds,
}

impl FirstAnswer {
    /// The answer to a submission of this moment, when these of its tasks were held back.
    pub fn new(at: Timestamp, admitted: &[Admitted], held: TaskHolds) -> Self {
        let alone = |admitted: &Admitted| Admitted { superseded: None, ..admitted.clone() };
        Self { at, jobs: admitted.iter().map(alone).collect(), held }
    }
}
