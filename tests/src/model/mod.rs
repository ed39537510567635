//! A driver of the storage port in memory, as simple as it can be: what a storage driver must answer,
//! to compare the real ones with.
//!
//! Every request works on a copy of everything and replaces it when it succeeds; every question is a
//! scan. It must share nothing with a real driver but the domain, or it would repeat its mistakes.

mod access;
mod claims;
mod fairness;
mod health;
mod inbox;
mod invariants;
mod jobs;
mod lists;
mod many;
mod operations;
mod plugins;
mod propagation;
mod queues;
mod retention;
mod schedules;
mod submission;
mod throughput;

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use taskbox::domain::transition::{Dependency, Propagation};
use taskbox::domain::{
    AccessToken, AttemptError, AuditEntry, Catalog, Digest, Ended, EventName, EventUrl, FullJob, Grant,
    Holder, InboxEvent, Job, JobId, Json, Minute, Operation, OperationId, Order, OrderId, Payload, Phase,
    PluginName, QueueName, QueueSettings, RateState, Schedule, ScheduleName, SecretName, Session,
    SubmittedStep, TaskName, TaskSettings, Timestamp, TokenId,
};
use taskbox::ports::{
    AttemptLog, FirstAnswer, IdempotencyKey, SecretInfo, SecretValue, StorageError, StorageResult,
};
use tokio::sync::Semaphore;

/// The model.
#[derive(Default)]
pub struct ModelStorage {
    everything: Mutex<Everything>,
    /// How many questions about plugins fail from now on.
    failing: AtomicUsize,
    claims: Held,
}

/// Answers of claims that may be given.
struct Held(Semaphore);

impl Default for Held {
    fn default() -> Self {
        Self(Semaphore::new(Semaphore::MAX_PERMITS))
    }
}

#[derive(Clone, Default)]
struct Everything {
    jobs: BTreeMap<JobId, Row>,
    orders: BTreeMap<OrderId, Order>,
    keys: Vec<(IdempotencyKey, FirstAnswer)>,
    catalog: Catalog,
    components: BTreeMap<Digest, Bytes>,
    grants: BTreeMap<PluginName, Grant>,
    secrets: BTreeMap<SecretName, (SecretInfo, SecretValue)>,
    revision: u64,
    schedules: BTreeMap<ScheduleName, Schedule>,
    audit: BTreeMap<u64, AuditEntry>,
    /// The number of the latest entry.
    audited: u64,
    tokens: BTreeMap<TokenId, AccessToken>,
    token_revision: u64,
    sessions: Vec<Session>,
    queues: BTreeMap<QueueName, (QueueSettings, RateState)>,
    tasks: BTreeMap<TaskName, (TaskSettings, RateState)>,
    fairness: fairness::Fairness,
    ended: BTreeMap<Minute, Ended>,
    operations: BTreeMap<OperationId, Operation>,
    /// The number of the latest job in strict order.
    strict_jobs: u64,
    /// Between a parent and a child that waits for it.
    dependencies: BTreeMap<(JobId, JobId), Dependency>,
    /// Jobs with children that are still to be notified, and the last that was.
    unfinished: BTreeMap<JobId, Option<JobId>>,
    /// Which jobs this request made final, began anew or deleted.
    propagation: Propagation,
}

#[derive(Clone)]
struct Row {
    job: Job,
    payload: Payload,
    output: Option<Json>,
    errors: Vec<AttemptError>,
    logs: Vec<AttemptLog>,
    checkpoints: BTreeMap<String, Json>,
    steps: Vec<SubmittedStep>,
    events: BTreeMap<EventName, InboxEvent>,
    urls: BTreeMap<EventName, EventUrl>,
    /// Its number among the jobs in strict order.
    strict_order: Option<u64>,
}

impl Row {
    fn full_job(&self) -> FullJob {
        FullJob { job: self.job.clone(), payload: self.payload.clone() }
    }
}

impl ModelStorage {
    /// What opening a directory does: leases of the process before end.
    pub fn restart(&self, now: Timestamp) {
        let mut everything = self.everything.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        for row in everything.jobs.values_mut() {
            if let Phase::Running { lease } = &mut row.job.state.phase
                && lease.holder == Holder::Host
            {
                lease.expires_at = now;
                row.job.state.progress = None;
            }
        }
        everything.fairness = fairness::Fairness::default();
        everything.follow_fairness();
    }

    /// Lets so many of the next questions about plugins fail.
    pub fn fail_next(&self, questions: usize) {
        self.failing.store(questions, Ordering::SeqCst);
    }

    /// Holds the answers of claims back from now on, as a disk does that is slow to sync.
    pub fn hold_claims(&self) {
        self.claims.0.forget_permits(Semaphore::MAX_PERMITS);
    }

    /// Lets the answer of one claim go.
    pub fn answer_claim(&self) {
        self.claims.0.add_permits(1);
    }

    /// Fails if a test wants it to.
    fn may_fail(&self) -> StorageResult<()> {
        let left = self.failing.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        match left {
            Ok(_) => Err(StorageError::Unavailable("the disk is busy".to_owned())),
            Err(_) => Ok(()),
        }
    }

    fn read<T>(&self, read: impl FnOnce(&Everything) -> T) -> T {
        read(&self.everything.lock().unwrap_or_else(|poisoned| poisoned.into_inner()))
    }

    fn write<T>(&self, write: impl FnOnce(&mut Everything) -> StorageResult<T>) -> StorageResult<T> {
        let mut everything = self.everything.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let mut next = everything.clone();
        next.propagation = Propagation::default();
        let answer = write(&mut next)?;
        next.drop_dependencies();
        *everything = next;
        Ok(answer)
    }
}
