//! Durable jobs.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use async_trait::async_trait;

use super::{
    Acted, FirstAnswer, IdempotencyKey, JobPage, Settled, StepTaken, StorageResult, Submission, Submitted,
};
use crate::domain::transition::{Action, Renewal, Settlement};
use crate::domain::{
    AttemptError, Code, FullJob, Holder, JitterSeed, JobDetails, JobFilter, JobGates, JobId, Json,
    LeaseToken, PluginName, QueueChoice, SubmissionStep, SubmittedStep, TaskName, Timestamp, WorkerId,
};

/// Asks for due jobs.
#[derive(Clone, Debug)]
pub struct ClaimRequest {
    /// Most jobs that are taken, those that turn out expired included.
    pub limit: usize,
    /// Of which queues; the jobs of the others are left out.
    pub queues: Arc<QueueChoice>,
    /// Name of the claimant, which will run them.
    pub worker: WorkerId,
    /// The kind of worker that it is.
    pub holder: Holder,
    /// The token of all leases of this claim; never used before.
    pub token: LeaseToken,
    /// Time until which the leases hold without a heartbeat.
    pub lease_until: Timestamp,
    /// The tasks that the claimant runs, and the code that runs them now. Jobs of other tasks are left out.
    pub routes: Arc<HashMap<TaskName, Code>>,
    /// Number of attempts of a plugin that the claimant has capacity for; of a plugin that is not named, any number.
    pub capacity: HashMap<PluginName, usize>,
    /// The time now.
    pub now: Timestamp,
}

/// Jobs that were claimed, in the order in which they should run: higher priority first, then those
/// whose turn it is by [`crate::domain::FairQueue`], then earlier due, then earlier submitted.
///
/// Of each queue and task no more than their gates let through ([`crate::domain::Gate`]), of each
/// concurrency key no more than [`crate::domain::KeyGate`] does, and of each plugin no more than the host
/// has room for. Of each concurrency key and task, the job comes first that does so by the priority and the
/// turns within the key ([`crate::domain::FairQueues::in_rounds`]). The order is that of claims of one job each.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Claimed {
    /// The jobs, now running.
    pub jobs: Vec<FullJob>,
    /// Jobs that were due but had expired: they were discarded in the same transaction. The first of them has
    /// the jobs that followed any of them.
    pub expired: Vec<Settled>,
    /// When the next waiting job may start, as far as time decides it; the time of the claim when more
    /// could have been claimed than were asked for.
    pub next_due: Option<Timestamp>,
    /// Whether a job waits for a running one to end: it is due and its queue, its task or its plugin is
    /// full, or its concurrency key is.
    pub held: bool,
    /// Whether children of jobs that ended are still to be notified, which is the work of
    /// [`JobStore::follow_on`]. A driver may leave it `false` when the claim did not look.
    pub unfinished: bool,
}

/// Jobs that wait for others no longer, because those ended in earlier transactions.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FollowedOn {
    /// The jobs, released or discarded.
    pub jobs: Vec<Settled>,
    /// Whether there are more children to notify.
    pub more: bool,
}

/// The end of an attempt.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EndedAttempt {
    /// Its job.
    pub job: JobId,
    /// Its result.
    pub settlement: Settlement,
    /// Its log; an empty one is not kept.
    pub log: String,
}

/// The answer to one heartbeat.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum RenewalAnswer {
    /// The lease holds on.
    Kept,
    /// The lease holds on, and a person asked the job to stop.
    CancelRequested,
    /// The lease was lost: stop the attempt, its result will be refused.
    Lost,
}

/// Jobs that were taken back.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Rescued {
    /// The jobs, each as it now is, with its order if it has one.
    pub jobs: Vec<Settled>,
    /// When the next lease runs out.
    pub next_expiry: Option<Timestamp>,
}

/// Jobs that never started in time.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Expired {
    /// The jobs, now discarded, each with its order if it has one.
    pub jobs: Vec<Settled>,
    /// When the next job expires.
    pub next_expiry: Option<Timestamp>,
}

/// A request for a page of results, newest first.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PageRequest<Id> {
    /// Most rows.
    pub limit: usize,
    /// Only rows that are older than this one.
    pub before: Option<Id>,
}

/// Most logs of one job that are kept, the newest: a job that snoozes for ever must not fill the disk.
pub const LOGS_KEPT_MAX: u32 = 32;

/// The log of one attempt.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AttemptLog {
    /// Number of the attempt.
    pub attempt: u32,
    /// Its stdout and stderr.
    pub text: String,
}

/// Durable jobs. See [`super::Storage`] for what every method promises.
#[async_trait]
pub trait JobStore: Send + Sync {
    /// Stores new jobs and their orders. A job with a unique key conflicts with the newest job of its task and
    /// key that is in one of the states that it names, jobs before it in the submission included, by
    /// [`crate::domain::transition::resolve_conflict`]. A job that waits for a duplicate waits for the job that stands
    /// for it. One that waits for a job that does not exist, or that the caller may not act on, is refused, and nothing
    /// is stored.
    async fn submit(&self, submission: Submission) -> StorageResult<Submitted>;

    /// Stores the job of a submission of one as a step of a running job, and the step with it. A step that was taken before
    /// with the same fingerprint stores nothing, and one with another is refused. So is a stale token.
    async fn submit_step(&self, step: SubmissionStep, submission: Submission) -> StorageResult<StepTaken>;

    /// The steps in which a job submitted others, in any order. They are kept as long as the job.
    async fn steps(&self, id: JobId) -> StorageResult<Vec<SubmittedStep>>;

    /// The first answer that a key gave, if it is kept: what [`JobStore::submit`] would replay. A key that was
    /// used with another body is refused.
    async fn first_answer(&self, key: IdempotencyKey, now: Timestamp) -> StorageResult<Option<FirstAnswer>>;

    /// Takes due jobs that may start.
    async fn claim(&self, request: ClaimRequest) -> StorageResult<Claimed>;

    /// Extends leases; one answer for each, in order.
    async fn renew(&self, renewals: Vec<(JobId, Renewal)>) -> StorageResult<Vec<RenewalAnswer>>;

    /// Writes the results of attempts, by [`crate::domain::transition::settle`]; one answer for each, in order. A
    /// result that is refused keeps no other from being written.
    async fn settle(
        &self,
        ended: Vec<EndedAttempt>,
        now: Timestamp,
    ) -> StorageResult<Vec<StorageResult<Settled>>>;

    /// Notifies children of jobs that ended in earlier transactions, as many as one
    /// [`Propagation`](crate::domain::transition::Propagation) allows: a parent may have more of them than one
    /// transaction should write. The others are left for the next call.
    async fn follow_on(&self, now: Timestamp) -> StorageResult<FollowedOn>;

    /// Appends to a job's history a result that came too late, by [`crate::domain::transition::late`]. Its
    /// state stays as it is, also a final one; a job that is gone remembers nothing.
    async fn note_late(&self, id: JobId, error: AttemptError) -> StorageResult<()>;

    /// Takes back up to `limit` jobs whose leases ran out, the oldest first. The seed spreads their retries.
    async fn rescue(&self, now: Timestamp, seed: JitterSeed, limit: usize) -> StorageResult<Rescued>;

    /// Discards up to `limit` jobs that never started in time, by [`crate::domain::transition::expire`], the first
    /// that expired first.
    async fn expire(&self, now: Timestamp, limit: usize) -> StorageResult<Expired>;

    /// Cancels, retries or deletes a job; its order follows. An order stays when its job is deleted, one that
    /// was loading as a cancelled one.
    async fn act(&self, id: JobId, action: Action, now: Timestamp) -> StorageResult<Acted>;

    /// Stores a checkpoint of a running job; a stale token is refused.
    async fn save_checkpoint(
        &self,
        id: JobId,
        token: LeaseToken,
        name: String,
        value: Json,
    ) -> StorageResult<()>;

    /// All checkpoints of a job.
    async fn checkpoints(&self, id: JobId) -> StorageResult<BTreeMap<String, Json>>;

    /// A job with all that was written about it.
    async fn job(&self, id: JobId) -> StorageResult<Option<JobDetails>>;

    /// Jobs, newest first, cut by [`JobPage::cut`].
    async fn jobs(
        &self,
        filter: JobFilter,
        page: PageRequest<JobId>,
        now: Timestamp,
    ) -> StorageResult<JobPage>;

    /// The gates before each of these jobs; `None` for one that is missing or final.
    async fn gates(&self, ids: Vec<JobId>) -> StorageResult<Vec<Option<JobGates>>>;

    /// The logs of a job, oldest first.
    async fn logs(&self, id: JobId) -> StorageResult<Vec<AttemptLog>>;
}
