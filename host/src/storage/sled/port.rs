//! The port's methods: writes go to the committer, reads to a thread that may block.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use async_trait::async_trait;
use bytes::Bytes;

use super::handlers::PreparedSubmission;
use super::txn::Txn;
use super::view::Look;
use super::{SledStorage, handlers, lists};
use crate::domain::transition::Renewal;
use crate::domain::{
    AttemptError, Catalog, Digest, EventName, EventUrl, Grant, InboxEvent, JitterSeed, JobDetails, JobGates,
    JobId, Json, LeaseToken, Order, OrderId, PluginName, PluginVersion, Schedule, ScheduleName, ScheduleSpec,
    SecretName, SubmissionStep, SubmittedStep, Timestamp,
};
use crate::metering::catalog::CLAIM_STEPS;
use crate::ports::{
    Acted, Action, AttemptLog, ClaimRequest, Claimed, DueSchedules, EndedAttempt, Expired, Fired, Firing,
    FirstAnswer, FollowedOn, GrantStore, IdempotencyKey, InboxStore, JobFilter, JobPage, JobStore,
    NewVersion, OrderFilter, OrderStore, PageRequest, PluginStore, ReceivedEvent, Recipient, RenewalAnswer,
    Rescued, ScheduleStore, SecretInfo, SecretStore, SecretValue, Settled, StepTaken, StorageResult,
    Submission, Submitted,
};

impl SledStorage {
    /// Work that may change which job is next, which counts the steps that this takes.
    fn counted<T>(
        &self,
        work: impl FnOnce(&mut Txn<'_>) -> StorageResult<T> + Send + 'static,
    ) -> impl FnOnce(&mut Txn<'_>) -> StorageResult<T> + Send + 'static {
        let total = Arc::clone(&self.claim_steps);
        move |txn: &mut Txn<'_>| {
            let before = txn.claims().steps();
            let answer = work(txn);
            let steps = txn.claims().steps();
            total.store(steps, Ordering::Relaxed);
            CLAIM_STEPS.increment(steps - before);
            answer
        }
    }
}

#[async_trait]
impl InboxStore for SledStorage {
    async fn receive(
        &self,
        recipient: Recipient,
        value: Json,
        now: Timestamp,
    ) -> StorageResult<ReceivedEvent> {
        let work = self.counted(move |txn| handlers::receive(txn, recipient, value, now));
        self.committer.run(work).await
    }

    async fn event(&self, id: JobId, event: EventName) -> StorageResult<Option<InboxEvent>> {
        self.look(move |rows| rows.event(id, &event)).await
    }

    async fn time_out(
        &self,
        id: JobId,
        token: LeaseToken,
        event: EventName,
        now: Timestamp,
    ) -> StorageResult<InboxEvent> {
        self.committer.run(move |txn| handlers::time_out(txn, id, token, &event, now)).await
    }

    async fn open_url(&self, token: LeaseToken, url: EventUrl, now: Timestamp) -> StorageResult<EventUrl> {
        self.committer.run(move |txn| handlers::open_url(txn, token, url, now)).await
    }
}

#[async_trait]
impl JobStore for SledStorage {
    async fn submit(&self, submission: Submission) -> StorageResult<Submitted> {
        let is_long = submission.jobs.len() > JOBS_AT_ONCE;
        let submission = prepare(submission).await?;
        let work = self.counted(|txn| handlers::submit(txn, submission));
        if is_long { self.committer.run_long(work).await } else { self.committer.run(work).await }
    }

    async fn submit_step(&self, step: SubmissionStep, submission: Submission) -> StorageResult<StepTaken> {
        let submission = prepare(submission).await?;
        self.committer.run(self.counted(|txn| handlers::submit_step(txn, step, submission))).await
    }

    async fn steps(&self, id: JobId) -> StorageResult<Vec<SubmittedStep>> {
        self.look(move |rows| rows.steps(id)).await
    }

    async fn first_answer(&self, key: IdempotencyKey, now: Timestamp) -> StorageResult<Option<FirstAnswer>> {
        self.look(move |rows| handlers::first_answer(rows, &key, now)).await
    }

    async fn claim(&self, request: ClaimRequest) -> StorageResult<Claimed> {
        self.committer.run(self.counted(move |txn| handlers::claim(txn, &request))).await
    }

    async fn renew(&self, renewals: Vec<(JobId, Renewal)>) -> StorageResult<Vec<RenewalAnswer>> {
        self.committer.run_long(|txn| handlers::renew(txn, renewals)).await
    }

    async fn settle(
        &self,
        ended: Vec<EndedAttempt>,
        now: Timestamp,
    ) -> StorageResult<Vec<StorageResult<Settled>>> {
        let is_long = ended.len() > JOBS_AT_ONCE;
        let work = self.counted(move |txn| handlers::settle(txn, ended, now));
        if is_long { self.committer.run_long(work).await } else { self.committer.run(work).await }
    }

    async fn follow_on(&self, now: Timestamp) -> StorageResult<FollowedOn> {
        self.committer.run_long(self.counted(move |txn| handlers::follow_on(txn, now))).await
    }

    async fn note_late(&self, id: JobId, error: AttemptError) -> StorageResult<()> {
        self.committer.run(move |txn| handlers::note_late(txn, id, &error)).await
    }

    async fn rescue(&self, now: Timestamp, seed: JitterSeed, limit: usize) -> StorageResult<Rescued> {
        self.committer.run_long(move |txn| handlers::rescue(txn, now, seed, limit)).await
    }

    async fn expire(&self, now: Timestamp, limit: usize) -> StorageResult<Expired> {
        self.committer.run_long(move |txn| handlers::expire(txn, now, limit)).await
    }

    async fn act(&self, id: JobId, action: Action, now: Timestamp) -> StorageResult<Acted> {
        self.committer.run(self.counted(move |txn| handlers::act(txn, id, action, now))).await
    }

    async fn save_checkpoint(
        &self,
        id: JobId,
        token: LeaseToken,
        name: String,
        value: Json,
    ) -> StorageResult<()> {
        self.committer.run(move |txn| handlers::save_checkpoint(txn, id, token, name, value)).await
    }

    async fn checkpoints(&self, id: JobId) -> StorageResult<BTreeMap<String, Json>> {
        self.look(move |rows| rows.checkpoints(id)).await
    }

    async fn job(&self, id: JobId) -> StorageResult<Option<JobDetails>> {
        self.look(move |rows| rows.details(id)).await
    }

    async fn jobs(
        &self,
        filter: JobFilter,
        page: PageRequest<JobId>,
        now: Timestamp,
    ) -> StorageResult<JobPage> {
        self.list(move |shared| lists::jobs(shared, &filter, page, now)).await
    }

    async fn gates(&self, ids: Vec<JobId>) -> StorageResult<Vec<Option<JobGates>>> {
        self.count(move |database| ids.iter().map(|id| database.index().gates(*id)).collect()).await
    }

    async fn logs(&self, id: JobId) -> StorageResult<Vec<AttemptLog>> {
        self.look(move |rows| rows.logs(id)).await
    }
}

#[async_trait]
impl OrderStore for SledStorage {
    async fn order(&self, id: OrderId) -> StorageResult<Option<Order>> {
        self.look(move |rows| rows.order(id)).await
    }

    async fn orders(&self, filter: OrderFilter, page: PageRequest<OrderId>) -> StorageResult<Vec<Order>> {
        self.list(move |shared| lists::orders(shared, &filter, page)).await
    }
}

#[async_trait]
impl PluginStore for SledStorage {
    async fn add_plugin(&self, new: NewVersion) -> StorageResult<(PluginVersion, bool)> {
        self.committer.run_long(|txn| handlers::add_plugin(txn, new)).await
    }

    async fn activate_plugin(&self, name: PluginName, version: u32) -> StorageResult<()> {
        self.committer.run_long(move |txn| handlers::activate_plugin(txn, &name, version)).await
    }

    async fn remove_plugin(&self, name: PluginName) -> StorageResult<()> {
        self.committer.run_long(move |txn| handlers::remove_plugin(txn, &name)).await
    }

    async fn catalog(&self) -> StorageResult<Catalog> {
        self.look(|rows| rows.catalog()).await
    }

    async fn revision(&self) -> StorageResult<u64> {
        self.look(|rows| rows.revision()).await
    }

    async fn component(&self, digest: Digest) -> StorageResult<Option<Bytes>> {
        let disk = self.read(|shared| shared.count(|database| Arc::clone(database.disk()))).await?;
        let read = move || {
            let held = disk.rows().catalog()?.holds(&digest);
            held.then(|| disk.components().read(&digest)).transpose()
        };
        tokio::task::spawn_blocking(read).await.unwrap_or_else(|error| Err(super::failed_read(&error)))
    }
}

#[async_trait]
impl GrantStore for SledStorage {
    async fn put_grant(&self, name: PluginName, grant: Grant) -> StorageResult<()> {
        self.committer.run_long(move |txn| handlers::put_grant(txn, &name, grant)).await
    }

    async fn grants(&self) -> StorageResult<BTreeMap<PluginName, Grant>> {
        self.look(|rows| rows.grants()).await
    }
}

#[async_trait]
impl SecretStore for SledStorage {
    async fn put_secret(
        &self,
        name: SecretName,
        value: SecretValue,
        now: Timestamp,
    ) -> StorageResult<SecretInfo> {
        self.committer.run_long(move |txn| handlers::put_secret(txn, name, &value, now)).await
    }

    async fn remove_secret(&self, name: SecretName) -> StorageResult<bool> {
        self.committer.run_long(move |txn| handlers::remove_secret(txn, &name)).await
    }

    async fn secrets(&self) -> StorageResult<Vec<(SecretInfo, SecretValue)>> {
        self.look(|rows| rows.secrets()).await
    }
}

#[async_trait]
impl ScheduleStore for SledStorage {
    async fn put_schedule(
        &self,
        name: ScheduleName,
        spec: ScheduleSpec,
        now: Timestamp,
    ) -> StorageResult<Schedule> {
        self.committer.run_long(move |txn| handlers::put_schedule(txn, name, spec, now)).await
    }

    async fn remove_schedule(&self, name: ScheduleName) -> StorageResult<bool> {
        self.committer.run_long(move |txn| handlers::remove_schedule(txn, &name)).await
    }

    async fn schedule(&self, name: ScheduleName) -> StorageResult<Option<Schedule>> {
        self.look(move |rows| rows.schedule(&name)).await
    }

    async fn schedules(&self) -> StorageResult<Vec<Schedule>> {
        self.look(|rows| rows.schedules()).await
    }

    async fn due_schedules(&self, now: Timestamp, limit: usize) -> StorageResult<DueSchedules> {
        self.list(move |shared| shared.read(|database| lists::due_schedules(database, now, limit))).await
    }

    async fn fire(&self, firing: Firing) -> StorageResult<Fired> {
        self.committer.run_long(move |txn| handlers::fire(txn, firing)).await
    }
}

/// The most jobs of a request that is encoded, or decided, on the thread of its caller.
const JOBS_AT_ONCE: usize = 64;

/// Encodes what is to be stored, a large batch on a thread of its own.
async fn prepare(submission: Submission) -> StorageResult<PreparedSubmission> {
    if submission.jobs.len() <= JOBS_AT_ONCE {
        return handlers::prepare(submission);
    }
    let prepared = tokio::task::spawn_blocking(|| handlers::prepare(submission)).await;
    prepared.unwrap_or_else(|error| Err(super::failed_read(&error)))
}
