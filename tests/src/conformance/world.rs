//! What the cases share: a store, ids that grow, and short words for the usual steps.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::time::Duration;

use taskbox::domain::transition::Settlement;
use taskbox::domain::{
    Caller, Code, Digest, Failure, FailureKind, FullJob, GateChange, Holder, HostTask, Jitter, JitterSeed,
    Job, JobDetails, JobId, JobSpec, Json, LeaseToken, Order, OrderId, OrderStatus, Outcome, Payload,
    PluginRef, StateName, Submitter, TaskHolds, TaskName, Timestamp, WorkerId,
};
use taskbox::ids::IdGenerator;
use taskbox::ports::{
    Action, ClaimRequest, Claimed, EndedAttempt, IdempotencyKey, Ids, JobFilter, NamePageRequest, NewJob,
    OrderFilter, PageRequest, QueueStats, Settled, Storage, StorageResult, Submission, Submitted, TaskStats,
};

/// When the cases begin.
pub const NOW: Timestamp = Timestamp::from_millis(1_800_000_000_000);

/// How long the leases of the cases hold.
pub const LEASE: Duration = Duration::from_secs(30);

/// Spreads the retries of jobs that are taken back.
pub const SEED: JitterSeed = JitterSeed::from_random(7);

/// So many seconds after [`NOW`].
pub fn after(seconds: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(seconds))
}

/// JSON text that is known to be right.
pub fn json(text: impl Into<Arc<str>>) -> Json {
    Json::parse(text).expect("the case writes JSON")
}

/// What the order task returns.
pub fn receipt() -> Json {
    json(r#"{"price":"49.99","currency":"USD","third_party_order_id":"po_1"}"#)
}

/// A result.
pub fn succeeded() -> Outcome {
    Outcome::Succeeded(json("1"))
}

/// A failure that is tried again.
pub fn retryable() -> Outcome {
    Outcome::Failed(Failure::retryable(FailureKind::Failed, "not now"))
}

/// A failure that is not.
pub fn permanent() -> Outcome {
    Outcome::Failed(Failure::permanent(FailureKind::Permanent, "card declined"))
}

/// A caller that may do everything, as on a host without tokens.
pub fn anyone() -> Caller {
    Caller::unrestricted(Submitter::default())
}

/// A job before it is submitted.
pub struct Draft {
    /// Its specification.
    pub spec: JobSpec,
    /// Its input.
    pub input: Json,
    /// Its metadata.
    pub metadata: Json,
}

impl Deref for Draft {
    type Target = JobSpec;

    fn deref(&self) -> &JobSpec {
        &self.spec
    }
}

impl DerefMut for Draft {
    fn deref_mut(&mut self) -> &mut JobSpec {
        &mut self.spec
    }
}

/// A job as it is stored.
pub fn full(NewJob { job, payload, .. }: NewJob) -> FullJob {
    FullJob { job, payload }
}

/// A submission of these by [`anyone`], [`NOW`].
pub fn submission(jobs: Vec<NewJob>) -> Submission {
    Submission {
        jobs,
        idempotency: None,
        caller: anyone(),
        held: TaskHolds::default(),
        names: None,
        now: NOW,
    }
}

/// A store under test.
pub struct World {
    /// The store.
    pub storage: Arc<dyn Storage>,
    /// The same store, as another host has it.
    pub other: Arc<dyn Storage>,
    ids: IdGenerator,
    claim_steps: Option<Box<dyn Fn() -> u64>>,
}

impl World {
    /// A world around a store.
    pub fn new(storage: Arc<dyn Storage>) -> Self {
        Self { other: Arc::clone(&storage), storage, ids: IdGenerator::new(), claim_steps: None }
    }

    /// The same, with a handle of another host.
    pub fn beside(self, other: Arc<dyn Storage>) -> Self {
        Self { other, ..self }
    }

    /// The same, around a store that counts its steps.
    pub fn counting(self, claim_steps: Option<Box<dyn Fn() -> u64>>) -> Self {
        Self { claim_steps, ..self }
    }

    /// How many steps the store took so far to find out which jobs are next; always none of a driver that does not
    /// count them.
    pub fn claim_steps(&self) -> u64 {
        self.claim_steps.as_ref().map_or(0, |steps| steps())
    }

    /// A token that was never used.
    pub fn token(&self) -> LeaseToken {
        self.ids.lease_token(NOW)
    }

    /// What a job is when nothing is said of it.
    pub fn draft(&self) -> Draft {
        let task = "create-order".parse().expect("a task name");
        let spec = JobSpec { max_attempts: 3, ..JobSpec::new(self.ids.job_id(NOW), task, NOW) };
        Draft { spec, input: json(r#"{"a":1}"#), metadata: Json::empty_object() }
    }

    /// A job, changed from the usual one.
    pub fn job(&self, change: impl FnOnce(&mut Draft)) -> NewJob {
        let mut draft = self.draft();
        change(&mut draft);
        let Draft { spec, input, metadata } = draft;
        NewJob::new(Job::new(spec), Payload { input, metadata })
    }

    /// A job with an order of this user.
    pub fn order_job(&self, user: &str, change: impl FnOnce(&mut Draft)) -> NewJob {
        let id = self.ids.order_id(NOW);
        let new = self.job(|draft| {
            draft.order = Some(id);
            change(draft);
        });
        let order = Order {
            id,
            user_id: user.to_owned(),
            payment_intent_id: "pi_1".to_owned(),
            job_id: new.job.spec.id,
            status: OrderStatus::Loading,
            submitter: Submitter::default(),
            created_at: NOW,
            updated_at: NOW,
        };
        NewJob { order: Some(order), ..new }
    }

    /// Submits these.
    pub async fn submit_all(&self, jobs: Vec<NewJob>) {
        assert_eq!(self.storage.submit(submission(jobs)).await.expect("submitted"), Submitted::New);
    }

    /// Submits one job, changed from the usual one.
    pub async fn submit(&self, change: impl FnOnce(&mut Draft)) -> JobId {
        let new = self.job(change);
        let id = new.job.spec.id;
        self.submit_all(vec![new]).await;
        id
    }

    /// Submits one job with an order.
    pub async fn submit_order(&self, user: &str, change: impl FnOnce(&mut Draft)) -> (JobId, OrderId) {
        let new = self.order_job(user, change);
        let ids = (new.job.spec.id, new.order.as_ref().map(|order| order.id).expect("it has an order"));
        self.submit_all(vec![new]).await;
        ids
    }

    /// An idempotency key that is kept for a minute.
    pub fn key(&self, key: &str, body: &str) -> IdempotencyKey {
        IdempotencyKey {
            scope: "POST /v1/jobs".to_owned(),
            key: key.to_owned(),
            fingerprint: Digest::of(body.as_bytes()),
            expires_at: after(60),
        }
    }

    /// A claim of so many jobs.
    pub fn claim_request(&self, limit: usize, now: Timestamp) -> ClaimRequest {
        ClaimRequest {
            limit,
            queues: Arc::default(),
            worker: WorkerId::new("host-1"),
            holder: Holder::Host,
            token: self.token(),
            lease_until: now.plus(LEASE),
            routes: Arc::new(routes()),
            capacity: Default::default(),
            now,
        }
    }

    /// Claims, with a token of its own.
    pub async fn claim(&self, limit: usize, now: Timestamp) -> Claimed {
        self.storage.claim(self.claim_request(limit, now)).await.expect("claimed")
    }

    /// Claims up to `limit` jobs and gives their ids.
    pub async fn claimed_ids(&self, limit: usize, now: Timestamp) -> Vec<JobId> {
        self.claim(limit, now).await.jobs.iter().map(|full| full.job.spec.id).collect()
    }

    /// Claims one job and gives its lease's token.
    pub async fn start(&self, id: JobId, now: Timestamp) -> LeaseToken {
        let request = self.claim_request(1, now);
        let token = request.token;
        let claimed = self.storage.claim(request).await.expect("claimed");
        assert_eq!(claimed.jobs.iter().map(|full| full.job.spec.id).collect::<Vec<_>>(), [id]);
        token
    }

    /// Settles with an empty log.
    pub async fn settle(
        &self,
        id: JobId,
        token: LeaseToken,
        outcome: Outcome,
        now: Timestamp,
    ) -> StorageResult<Settled> {
        let settlement = Settlement { token, outcome, progress: None, jitter: Jitter::NONE };
        self.settle_attempt(EndedAttempt { job: id, settlement, log: String::new() }, now).await
    }

    /// Settles one attempt.
    pub async fn settle_attempt(&self, ended: EndedAttempt, now: Timestamp) -> StorageResult<Settled> {
        self.storage.settle(vec![ended], now).await?.pop().expect("it has an answer")
    }

    /// Claims one job and settles it at once.
    pub async fn finish(&self, id: JobId, outcome: Outcome, now: Timestamp) -> Settled {
        let token = self.start(id, now).await;
        self.settle(id, token, outcome, now).await.expect("settled")
    }

    /// A person acts.
    pub async fn act(&self, id: JobId, action: Action) -> StorageResult<Settled> {
        self.storage.act(id, action, NOW).await
    }

    /// A job that is there.
    pub async fn details(&self, id: JobId) -> JobDetails {
        self.storage.job(id).await.expect("read").expect("the job is there")
    }

    /// A job that is there, with what it carries.
    pub async fn full_job(&self, id: JobId) -> FullJob {
        let JobDetails { job, payload, .. } = self.details(id).await;
        FullJob { job, payload }
    }

    /// The state of a job that is there.
    pub async fn state(&self, id: JobId, now: Timestamp) -> StateName {
        self.details(id).await.job.state_name(now)
    }

    /// An order that is there.
    pub async fn order(&self, id: OrderId) -> Order {
        self.storage.order(id).await.expect("read").expect("the order is there")
    }

    /// The ids of the jobs that a filter shows.
    pub async fn listed(&self, filter: JobFilter, now: Timestamp) -> Vec<JobId> {
        let page = PageRequest { limit: 1000, before: None };
        let jobs = self.storage.jobs(filter, page, now).await.expect("listed").jobs;
        jobs.iter().map(|full| full.job.spec.id).collect()
    }

    /// All queues in numbers.
    pub async fn queues(&self, now: Timestamp) -> Vec<QueueStats> {
        self.storage.queues(NamePageRequest { limit: 1000, after: None }, now).await.expect("read")
    }

    /// All tasks in numbers.
    pub async fn tasks(&self) -> Vec<TaskStats> {
        self.storage.tasks(NamePageRequest { limit: 1000, after: None }).await.expect("read")
    }

    /// The invariant of the product.
    pub async fn assert_orders_follow_their_jobs(&self) {
        let page = PageRequest { limit: usize::MAX, before: None };
        let orders = self.storage.orders(OrderFilter::default(), page).await.expect("orders are listed");
        for order in orders {
            let job = self.storage.job(order.job_id).await.expect("read").map(|details| details.job);
            // A final order outlives its job.
            let is_final = job.as_ref().is_none_or(|job| job.state.phase.is_final());
            assert_eq!(order.is_loading(), !is_final, "{order:?} of {job:?}");
        }
    }
}

/// Which code runs the tasks of the cases.
pub fn routes() -> HashMap<TaskName, Code> {
    let plugin = |name: &str| PluginRef {
        name: name.parse().expect("a plugin name"),
        version: 1,
        digest: Digest::of(name.as_bytes()),
    };
    let route = |name: &str| (name.parse().expect("a task name"), Code::Plugin(plugin(name)));
    let of_host = HostTask::ALL.map(|task| (task.task(), Code::Host(task)));
    ["create-order", "mail"].map(route).into_iter().chain(of_host).collect()
}

/// Pauses or resumes.
pub fn paused(paused: bool) -> GateChange {
    GateChange { paused: Some(paused), ..GateChange::default() }
}

/// Lets so many run.
pub fn at_most(count: u32) -> GateChange {
    GateChange { concurrency: Some(NonZeroU32::new(count)), ..GateChange::default() }
}

/// Lets so many start in a period.
pub fn rated(rate: &str) -> GateChange {
    GateChange { rate: Some(Some(rate.parse().expect("a rate"))), ..GateChange::default() }
}
