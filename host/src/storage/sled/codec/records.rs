//! Records, beside the values of the domain that are stored as they are.
//!
//! The order of fields in [`fields`] is the format on disk: a change there needs a new format byte and a
//! decoder for the old one. The golden bytes in the tests hold it.

use bincode::de::Decoder;
use bincode::enc::Encoder;
use bincode::error::{DecodeError, EncodeError};

use super::super::keys;
use super::Record;
use super::layout::{Layout, fields, numbered};
use crate::domain::claim::KeyDigest;
use crate::domain::transition::{Action, Dependency, LeaseGrant};
use crate::domain::{
    AttemptError, Code, Digest, Ended, EventName, FlowControl, Holder, JobFilter, JobId, JobSpec, JobState,
    Json, LeaseToken, Operation, OperationState, Order, OrderId, OrderStatusName, Payload, PluginVersion,
    QueueSettings, RateState, SubmittedStep, TaskHold, TaskName, TaskSettings, Timestamp, WorkerId,
};
use crate::ports::Admitted;

macro_rules! record {
    ($($name:ident: $what:literal),+ $(,)?) => {
        $(impl Record for $name { const WHAT: &'static str = $what; })+
    };
}

record! {
    HeadRecord: "job",
    Payload: "payload of a job",
    StateRecord: "job's state",
    ClaimRecord: "claim",
    OutputRecord: "result",
    AttemptError: "error of an attempt",
    LogRecord: "log of an attempt",
    CheckpointRecord: "checkpoint",
    SubmittedStep: "step of a job",
    AwaitedRecord: "jobs that a job waits for",
    EventRecord: "event of a job",
    EventUrlRecord: "URL of an event",
    Order: "order",
    OrderMark: "mark of an order",
    IdempotencyRecord: "idempotency key",
    SetAsideRecord: "job that was set aside",
    PluginRecord: "plugin",
    SecretRecord: "secret",
    RevisionRecord: "revision of plugins, grants and secrets",
    QueueRecord: "queue",
    TaskRecord: "task",
    Dependency: "dependency between jobs",
    PropagationRecord: "unfinished propagation",
    HourRecord: "ended attempts of an hour",
    Operation: "operation",
}

fields! {
    StateRecord { run, strict_order, order, errors, logs, children, awaited, state, output, log }
    ClaimRecord { token, worker, holder, at, expires_at, codes, jobs }
    ClaimedJob { id, code }
    Head { spec, version, answered_until }
    OrderMark { id, status }
    OutputRecord { output }
    LogRecord { attempt, text }
    CheckpointRecord { name, value }
    SubmittedStep { name, job, is_own, fingerprint }
    AwaitedRecord { jobs }
    EventRecord { at, value }
    EventUrlRecord { event, secret, expires_at }
    IdempotencyRecord { fingerprint, expires_at, at, jobs, held }
    HeldTask { task, hold }
    AnsweredJob { id, version, shown }
    ShownJob { state, order, duplicate, errors, output }
    HeadRecord { head, payload }
    SetAsideRecord { spec, payload, output, errors }
    PluginRecord { active, versions }
    QueueRecord { settings, rate_state }
    TaskRecord { settings, rate_state }
    PropagationRecord { behind }
    SecretRecord { created_at, updated_at, value }
    RevisionRecord { number }
    HourRecord { minutes }
    Ended { succeeded, failed }
    Operation {
        id, action, filter, submitter, created_at, updated_at, state, expected, matched, changed, cursor, error,
    }
    JobFilter { state, task, queue, tag }
}

numbered! {
    Action {
        0 = Cancel,
        1 = Retry,
        2 = Delete,
    }
    OperationState {
        0 = Running,
        1 = Completed,
        2 = Stopped,
        3 = Failed,
    }
    OrderStatusName {
        0 = Loading,
        1 = Completed,
        2 = Failed,
        3 = Cancelled,
    }
}

/// A submitted job. The payload comes last, so that the rest is read without it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HeadRecord {
    /// The head, which rules look at.
    pub head: Head,
    /// The payload, if it is small; else it has a row of its own.
    pub payload: Option<Payload>,
}

/// The head of a job.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Head {
    /// The specification.
    pub spec: JobSpec,
    /// Number of times that its input was replaced, or its result dropped for another attempt.
    pub version: u32,
    /// Time until which an idempotency key may ask for the input and the results of this version.
    pub answered_until: Option<Timestamp>,
}

/// The largest payload behind a head, in bytes: a larger one would slow down reading the head alone.
pub const INLINE_PAYLOAD_BYTES_MAX: usize = 1024;

/// The largest result, and the largest log, inside a state, in bytes each. With them, a state fits into one
/// row whatever else it holds.
pub const INLINE_RESULT_BYTES_MAX: usize = 1024;

/// The state of a job. A job that is as it was [submitted](StateRecord::submitted) has no such row,
/// and a claim writes none: see [`ClaimRecord`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StateRecord {
    /// The claim that started its latest attempt; 0 of a job that never began.
    pub run: u64,
    /// Its number among the jobs of its concurrency key, if it starts in strict order: larger than those of all that
    /// were submitted before it.
    pub strict_order: Option<u64>,
    /// Its order, if it has one.
    pub order: Option<OrderMark>,
    /// Number of errors that were ever written for it: the ordinal of the next.
    pub errors: u32,
    /// Number of logs that were ever written for it: the ordinal of the next.
    pub logs: u32,
    /// Number of jobs that are not final and wait for it or did. As long as there are any, it is kept: they
    /// may want to read its result.
    pub children: u32,
    /// Whether a job that did not submit it has waited for it, as for the duplicate of one that it did.
    pub awaited: bool,
    /// Its state.
    pub state: JobState,
    /// Its result, if it is small; a larger one has a row of its own.
    pub output: Option<Json>,
    /// Its latest log, if it is small; the others have rows of their own.
    pub log: Option<LogRecord>,
}

impl StateRecord {
    /// The record of a job just submitted.
    pub fn submitted(spec: &JobSpec) -> Self {
        Self {
            run: 0,
            strict_order: None,
            order: spec.order.map(|id| OrderMark { id, status: OrderStatusName::Loading }),
            errors: 0,
            logs: 0,
            children: 0,
            awaited: false,
            state: JobState::submitted(spec),
            output: None,
            log: None,
        }
    }
}

/// One claim: all jobs that it started, in one row. A job runs by it exactly if its state has no such or
/// later [run](StateRecord::run). The row goes when none of its jobs runs any longer.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ClaimRecord {
    /// The token of its leases.
    pub token: LeaseToken,
    /// Name of the claimant.
    pub worker: WorkerId,
    /// The kind of that worker.
    pub holder: Holder,
    /// When.
    pub at: Timestamp,
    /// Time until which its leases hold without a heartbeat.
    pub expires_at: Timestamp,
    /// The code that runs them.
    pub codes: Vec<Code>,
    /// The jobs that started.
    pub jobs: Vec<ClaimedJob>,
}

/// A job that a claim started.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ClaimedJob {
    /// The job.
    pub id: JobId,
    /// Index of the claim's code that runs it, if any does.
    pub code: Option<u32>,
}

impl ClaimRecord {
    /// Adds a job that starts with this code.
    pub fn add(&mut self, id: JobId, code: Option<Code>) {
        let code = code.map(|code| {
            let known = self.codes.iter().position(|known| *known == code);
            let place = known.unwrap_or_else(|| {
                self.codes.push(code);
                self.codes.len() - 1
            });
            u32::try_from(place).expect("a claim takes fewer than four billion jobs")
        });
        self.jobs.push(ClaimedJob { id, code });
    }

    /// The lease of one of its jobs.
    pub fn grant(&self, job: &ClaimedJob) -> LeaseGrant {
        let Self { token, worker, holder, expires_at, .. } = self;
        let code = job.code.and_then(|place| self.codes.get(place as usize)).cloned();
        LeaseGrant { token: *token, worker: worker.clone(), holder: *holder, expires_at: *expires_at, code }
    }
}

/// A [`FlowControl`] with the digests of its keys, as the memory index knows it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct FlowKeys {
    /// Of its concurrency key.
    pub key: Option<KeyDigest>,
    /// Its [number](StateRecord::strict_order), if the jobs of the key start in strict order.
    pub strict_order: Option<u64>,
    /// Of its fairness key.
    pub fairness_key: Option<KeyDigest>,
    /// The weight of its fairness key; 0 of a job that has none.
    pub fairness_weight: u16,
}

impl FlowKeys {
    /// The keys of a job with this number.
    pub fn of(flow: &FlowControl, strict_order: Option<u64>) -> Self {
        let digest = |key: &Option<String>| key.as_deref().map(keys::short);
        Self {
            key: digest(&flow.concurrency_key),
            strict_order,
            fairness_key: digest(&flow.fairness_key),
            fairness_weight: if flow.fairness_key.is_some() { flow.fairness_weight } else { 0 },
        }
    }
}

/// An order and its status, as the memory index knows it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct OrderMark {
    /// The order.
    pub id: OrderId,
    /// Its status.
    pub status: OrderStatusName,
}

impl OrderMark {
    /// The mark of an order.
    pub fn of(order: &Order) -> Self {
        Self { id: order.id, status: order.status.name() }
    }
}

/// The result of a completed job.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct OutputRecord {
    /// The JSON that the task returned.
    pub output: Json,
}

/// The log of one attempt.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LogRecord {
    /// Number of the attempt.
    pub attempt: u32,
    /// Its text.
    pub text: String,
}

/// A checkpoint; its key holds only the digest of the name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CheckpointRecord {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: Json,
}

/// The jobs that a job submitted and waits for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AwaitedRecord {
    /// Those that were not final when the wait began.
    pub jobs: Vec<JobId>,
}

/// An event of a job.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EventRecord {
    /// When it arrived, or was missed.
    pub at: Timestamp,
    /// Its value; none if the task waited in vain.
    pub value: Option<Json>,
}

/// The one-time URL of an event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EventUrlRecord {
    /// The event.
    pub event: EventName,
    /// Its secret.
    pub secret: [u8; 16],
    /// Time until which it works.
    pub expires_at: Timestamp,
}

/// The first answer of an idempotency key.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct IdempotencyRecord {
    /// The digest of the request's meaning.
    pub fingerprint: Digest,
    /// Time until which the key is kept.
    pub expires_at: Timestamp,
    /// When the first answer was given.
    pub at: Timestamp,
    /// The answer of each job.
    pub jobs: Vec<AnsweredJob>,
    /// The tasks that were held back then.
    pub held: Vec<HeldTask>,
}

/// A task that was held back.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct HeldTask {
    /// The task.
    pub task: TaskName,
    /// Why.
    pub hold: TaskHold,
}

/// A job of a first answer, as far as it is not read again from the job itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AnsweredJob {
    /// The job.
    pub id: JobId,
    /// The version of its input and results: [`Head::version`].
    pub version: u32,
    /// Its state as shown; none if that follows from what was submitted.
    pub shown: Option<Box<ShownJob>>,
}

/// A job as an answer showed it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ShownJob {
    /// Its state.
    pub state: JobState,
    /// Its order.
    pub order: Option<Order>,
    /// Whether it was there before.
    pub duplicate: bool,
    /// Number of its errors that were shown, the oldest.
    pub errors: u32,
    /// Whether its result was shown.
    pub output: bool,
}

impl ShownJob {
    /// The job of an answer.
    pub fn of(admitted: &Admitted) -> Self {
        Self {
            state: admitted.job.state.clone(),
            order: admitted.order.clone(),
            duplicate: admitted.duplicate,
            errors: u32::try_from(admitted.errors.len()).unwrap_or(u32::MAX),
            output: admitted.output.is_some(),
        }
    }
}

/// The input and the results of a job that was replaced, deleted or run again since a key answered with them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SetAsideRecord {
    /// The specification.
    pub spec: JobSpec,
    /// Its payload.
    pub payload: Payload,
    /// Its result, if it had completed.
    pub output: Option<Json>,
    /// Its failed attempts.
    pub errors: Vec<AttemptError>,
}

/// A plugin with all its versions; its key holds its name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PluginRecord {
    /// The version of new attempts.
    pub active: Option<u32>,
    /// All versions, oldest first.
    pub versions: Vec<PluginVersion>,
}

/// A queue's settings and rate state; its key holds its name.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct QueueRecord {
    /// The settings.
    pub settings: QueueSettings,
    /// When the next start is expected.
    pub rate_state: RateState,
}

/// A task's settings and rate state over all queues; its key holds its name.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct TaskRecord {
    /// The settings.
    pub settings: TaskSettings,
    /// When the next start is expected.
    pub rate_state: RateState,
}

/// The progress of notifying the children of a parent.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct PropagationRecord {
    /// The last that was notified.
    pub behind: Option<JobId>,
}

/// A secret; its key holds its name.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretRecord {
    /// When it was first written.
    pub created_at: Timestamp,
    /// When it was last written.
    pub updated_at: Timestamp,
    /// The secret itself; the directory is closed to other users.
    pub value: String,
}

/// The attempts that ended within an hour.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct HourRecord {
    /// By its minutes, 60 of them.
    pub minutes: Vec<Ended>,
}

/// The revision of plugins, grants and secrets.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct RevisionRecord {
    /// Number of their changes since the directory was made.
    pub number: u64,
}
