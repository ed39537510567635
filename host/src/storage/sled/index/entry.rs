//! One job in the index.

use super::super::codec::{FlowKeys, StateRecord};
use crate::domain::claim::{CallerDigest, QueuedJob, QueuedStatus, Share, Symbol};
use crate::domain::{JobSpec, Phase, StateName, Timestamp};

/// The status of a job, as far as the index needs it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum IndexedStatus {
    /// Waits.
    Pending {
        /// Until then.
        due_at: Timestamp,
        /// For another attempt, not for its first.
        retried: bool,
    },
    /// Waits for other jobs, whatever the time.
    Waiting,
    /// Runs until its lease runs out.
    Running {
        /// When that is.
        expires_at: Timestamp,
    },
    /// Final.
    Final {
        /// In this state.
        state: StateName,
        /// Time since which it is.
        at: Timestamp,
    },
}

impl IndexedStatus {
    /// The status of a job of this record.
    pub fn of(record: &StateRecord) -> Self {
        match &record.state.phase {
            Phase::Pending { .. } => match record.state.due_at() {
                Some(due_at) => IndexedStatus::Pending { due_at, retried: record.state.is_retried() },
                None => IndexedStatus::Waiting,
            },
            Phase::Running { lease } => IndexedStatus::Running { expires_at: lease.expires_at },
            Phase::Completed { at } | Phase::Discarded { at } | Phase::Cancelled { at } => {
                // A final state has the same name at any time.
                IndexedStatus::Final { state: record.state.name(Timestamp::default()), at: *at }
            }
        }
    }

    /// The state shown outside; [`crate::domain::JobState::name`] says the same of the whole state.
    pub fn name(self, now: Timestamp) -> StateName {
        match self {
            IndexedStatus::Pending { due_at, .. } if due_at <= now => StateName::Available,
            IndexedStatus::Pending { retried: true, .. } => StateName::Retryable,
            IndexedStatus::Pending { retried: false, .. } | IndexedStatus::Waiting => StateName::Scheduled,
            IndexedStatus::Running { .. } => StateName::Running,
            IndexedStatus::Final { state, .. } => state,
        }
    }

    /// Whether it runs.
    pub fn is_running(self) -> bool {
        matches!(self, IndexedStatus::Running { .. })
    }
}

/// One job. There may be millions: the parts of its status are kept apart, which takes 8 bytes less than the enum.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    kind: StatusKind,
    /// The time of its status, if it has one.
    time: Timestamp,
    /// Its queue.
    pub queue: Symbol,
    /// Its task.
    pub task: Symbol,
    /// Higher runs first.
    pub priority: i8,
    /// Kept for others that may want to read its result.
    pub needed: bool,
    /// Its limit, order and turns shared with others: none, of most jobs and of all final ones.
    pub shares: Option<Box<Shares>>,
}

/// The kind of a status.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum StatusKind {
    First,
    Retried,
    Waiting,
    Running,
    Completed,
    Discarded,
    Cancelled,
}

impl StatusKind {
    fn of(status: IndexedStatus) -> (Self, Timestamp) {
        match status {
            IndexedStatus::Pending { due_at, retried: false } => (Self::First, due_at),
            IndexedStatus::Pending { due_at, retried: true } => (Self::Retried, due_at),
            IndexedStatus::Waiting => (Self::Waiting, Timestamp::default()),
            IndexedStatus::Running { expires_at } => (Self::Running, expires_at),
            IndexedStatus::Final { state: StateName::Completed, at } => (Self::Completed, at),
            IndexedStatus::Final { state: StateName::Cancelled, at } => (Self::Cancelled, at),
            IndexedStatus::Final { at, .. } => (Self::Discarded, at),
        }
    }

    fn at(self, time: Timestamp) -> IndexedStatus {
        match self {
            Self::First => IndexedStatus::Pending { due_at: time, retried: false },
            Self::Retried => IndexedStatus::Pending { due_at: time, retried: true },
            Self::Waiting => IndexedStatus::Waiting,
            Self::Running => IndexedStatus::Running { expires_at: time },
            Self::Completed => IndexedStatus::Final { state: StateName::Completed, at: time },
            Self::Discarded => IndexedStatus::Final { state: StateName::Discarded, at: time },
            Self::Cancelled => IndexedStatus::Final { state: StateName::Cancelled, at: time },
        }
    }
}

/// The limit, order and turns that a job shares with others.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Shares {
    /// Those of its keys.
    pub flow: FlowKeys,
    /// Those of its submitter.
    pub caller: CallerDigest,
    /// Time by which it must have started, while it has not.
    pub expires_at: Option<Timestamp>,
}

impl Entry {
    /// A job in this queue and of this task.
    pub fn new(
        spec: &JobSpec,
        record: &StateRecord,
        caller: CallerDigest,
        queue: Symbol,
        task: Symbol,
    ) -> Self {
        let status = IndexedStatus::of(record);
        let expires_at = record.state.must_start_by();
        let shares =
            || Shares { flow: FlowKeys::of(&spec.options.flow, record.strict_order), caller, expires_at };
        let is_final = matches!(status, IndexedStatus::Final { .. });
        let shares = (!is_final).then(shares).filter(|shares| *shares != Shares::default());
        let (kind, time) = StatusKind::of(status);
        Self {
            kind,
            time,
            queue,
            task,
            priority: spec.priority,
            needed: record.children > 0,
            shares: shares.map(Box::new),
        }
    }

    /// The same job in another state. It did not begin again after it was final: what it shared is known
    /// no longer.
    pub fn at(&self, record: &StateRecord) -> Self {
        let status = IndexedStatus::of(record);
        let is_final = matches!(status, IndexedStatus::Final { .. });
        let expires_at = record.state.must_start_by();
        let shares = self.shares.as_deref().copied().unwrap_or_default();
        let shares = Shares { expires_at, ..shares };
        let shares = (!is_final && shares != Shares::default()).then(|| Box::new(shares));
        let (kind, time) = StatusKind::of(status);
        Self { kind, time, needed: record.children > 0, shares, ..self.clone() }
    }

    /// Its status.
    pub fn status(&self) -> IndexedStatus {
        self.kind.at(self.time)
    }

    /// Whether it runs, and goes on like this with nothing but another end of its lease.
    pub fn runs_on_as(&self, next: &Entry) -> bool {
        let Entry { kind, time: _, queue, task, priority, needed, shares } = next;
        let runs = (self.kind, *kind) == (StatusKind::Running, StatusKind::Running);
        let same = (self.queue, self.task, self.priority, self.needed) == (*queue, *task, *priority, *needed);
        runs && same && self.shares == *shares
    }

    /// Time by which it must have started, while it has not.
    pub fn expires_at(&self) -> Option<Timestamp> {
        self.shares.as_ref().and_then(|shares| shares.expires_at)
    }

    /// The job as claims need it, unless it is final.
    pub fn queued(&self) -> Option<QueuedJob> {
        let status = match self.status() {
            IndexedStatus::Pending { due_at, .. } => QueuedStatus::Pending { due_at },
            IndexedStatus::Waiting => QueuedStatus::Waiting,
            IndexedStatus::Running { .. } => QueuedStatus::Running,
            IndexedStatus::Final { .. } => return None,
        };
        let Shares { flow, caller, .. } = self.shares.as_deref().copied().unwrap_or_default();
        Some(QueuedJob {
            status,
            queue: self.queue,
            task: self.task,
            priority: self.priority,
            key: flow.key,
            strict_order: flow.strict_order,
            share: Share { caller, key: flow.fairness_key },
            // Those that name no fairness key share one of weight 1.
            weight: flow.fairness_weight.max(1),
        })
    }
}
