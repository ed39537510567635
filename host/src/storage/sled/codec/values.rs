//! The layouts of the domain's values. The order and the numbers here are the format on disk, which the golden
//! bytes in the tests hold: a change needs a new format of the records that hold the value.

use bincode::de::Decoder;
use bincode::enc::Encoder;
use bincode::error::{DecodeError, EncodeError};

use super::layout::{Layout, fields, numbered};
use crate::domain::transition::Dependency;
use crate::domain::{
    After, AfterFailed, AfterWhen, AttemptError, Cadence, Code, EventWait, FailureKind, FlowControl,
    GateSettings, Holder, HostTask, JobOptions, JobSpec, JobState, Lease, Missed, OnConflict, Order,
    OrderStatus, Overlap, Payload, Phase, PluginRef, PluginVersion, Progress, QueueSettings, Rate, RateState,
    Receipt, ScheduleState, StateName, SubmittedBy, Submitter, TaskHold, TaskSettings, TaskSpec, Unique,
};

fields! {
    JobSpec { id, task, queue, priority, run_at, max_attempts, order, submitter, submitted_by, created_at, after, options }
    SubmittedBy { job, depth }
    JobOptions { timeout, expires_at, tags, label, unique, flow, callback_url, traceparent }
    Payload { input, metadata }
    JobState {
        phase, attempt, attempted_at, code, worker, cancel_requested, progress, waits_for, expires_at, wait,
        waits,
    }
    EventWait { event, earliest, over }
    Lease { token, expires_at, worker, holder, due_at }
    Progress { done, total, message, at }
    PluginRef { name, version, digest }
    AttemptError { attempt, at, kind, message, detail }
    Unique { key, within, states, on_conflict }
    FlowControl { concurrency_key, strict_order, fairness_key, fairness_weight }
    After { jobs, when, on_failed }
    Dependency { when, on_failed, failed }
    Order { id, user_id, payment_intent_id, job_id, status, submitter, created_at, updated_at }
    Receipt { price, currency, third_party_order_id }
    PluginVersion { name, version, digest, size_bytes, tasks, imports, uploaded_at }
    TaskSpec { name, description, input_schema, output_schema, max_attempts, timeout, queue }
    QueueSettings { gate, key_concurrency }
    GateSettings { paused, concurrency, rate }
    TaskSettings { gate, cancel_grace }
    ScheduleState { since, next_at, last_at, last_job }
}

numbered! {
    Code {
        0 = Host(task),
        1 = Plugin(plugin),
    }
    HostTask {
        0 = Webhook,
    }
    Holder {
        0 = Host,
        1 = Remote,
    }
    TaskHold {
        0 = UnknownTask,
        1 = NotReady,
    }
    Phase {
        0 = Pending { due_at },
        1 = Running { lease },
        2 = Completed { at },
        3 = Discarded { at },
        4 = Cancelled { at },
    }
    StateName {
        0 = Scheduled,
        1 = Available,
        2 = Running,
        3 = Retryable,
        4 = Completed,
        5 = Discarded,
        6 = Cancelled,
    }
    FailureKind {
        0 = Failed,
        1 = Permanent,
        2 = Trap,
        3 = Timeout,
        4 = CpuLimit,
        5 = MemoryLimit,
        6 = OutputLimit,
        7 = Denied,
        8 = LeaseLost,
        9 = Interrupted,
        10 = Cancelled,
        11 = Expired,
        12 = UnknownTask,
        13 = BadOutput,
        14 = ParentFailed,
        15 = BadInput,
    }
    OrderStatus {
        0 = Loading,
        1 = Completed(receipt),
        2 = Failed { error },
        3 = Cancelled,
    }
    OnConflict {
        0 = Existing,
        1 = Replace,
        2 = Debounce,
    }
    AfterWhen {
        0 = All,
        1 = Any,
    }
    AfterFailed {
        0 = Discard,
        1 = Run,
        2 = Wait,
    }
    Cadence {
        0 = Cron { cron, zone },
        1 = Every { period },
    }
    Missed {
        0 = Skip,
        1 = Once,
        2 = All,
    }
    Overlap {
        0 = Allow,
        1 = Skip,
    }
}

impl Layout for Submitter {
    fn write<E: Encoder>(&self, to: &mut E) -> Result<(), EncodeError> {
        self.name().map(str::to_owned).write(to)
    }

    fn read<D: Decoder>(from: &mut D) -> Result<Self, DecodeError> {
        let name: Option<String> = Layout::read(from)?;
        Ok(name.map_or_else(Submitter::default, |name| Submitter::token(&name)))
    }
}

impl Layout for Rate {
    fn write<E: Encoder>(&self, to: &mut E) -> Result<(), EncodeError> {
        self.count().write(to)?;
        self.per().write(to)
    }

    fn read<D: Decoder>(from: &mut D) -> Result<Self, DecodeError> {
        Rate::new(u32::read(from)?, Layout::read(from)?).map_err(DecodeError::OtherString)
    }
}

impl Layout for RateState {
    fn write<E: Encoder>(&self, to: &mut E) -> Result<(), EncodeError> {
        self.as_micros().write(to)
    }

    fn read<D: Decoder>(from: &mut D) -> Result<Self, DecodeError> {
        u64::read(from).map(RateState::from_micros)
    }
}
