//! Where a job stands.

use super::{JobSpec, StateName};
use crate::domain::{After, Lease, PluginRef, Timestamp, WorkerId};

/// Where a job stands: small, and rewritten at every transition.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JobState {
    /// The stored state.
    pub phase: Phase,
    /// How many attempts have begun and count.
    pub attempt: u32,
    /// When the latest attempt began.
    pub attempted_at: Option<Timestamp>,
    /// The plugin version of the latest attempt.
    pub plugin: Option<PluginRef>,
    /// The worker of the latest attempt.
    pub worker: Option<WorkerId>,
    /// A person asked a running job to stop.
    pub cancel_requested: bool,
    /// How far the latest attempt said it was.
    pub progress: Option<Progress>,
    /// For how many jobs it still waits; with [`any`](crate::domain::AfterWhen::Any), how many of them can still
    /// release it. 0 when it waits for none.
    pub waits_for: u32,
    /// A job that never started by then is discarded. A retry by a person lifts it.
    pub expires_at: Option<Timestamp>,
}

/// The five states that are stored. A final state carries its time, so that the two cannot disagree.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Phase {
    /// Waits until due.
    Pending {
        /// When it may run, unless it [waits for other jobs](JobState::waits_for).
        due_at: Timestamp,
    },
    /// Runs under a lease.
    Running {
        /// The right to this attempt.
        lease: Lease,
    },
    /// Succeeded.
    Completed {
        /// When.
        at: Timestamp,
    },
    /// Failed for good.
    Discarded {
        /// When.
        at: Timestamp,
    },
    /// Stopped by a person.
    Cancelled {
        /// When.
        at: Timestamp,
    },
}

impl Phase {
    /// When the job became final, if it is.
    pub fn finalized_at(&self) -> Option<Timestamp> {
        match self {
            Phase::Completed { at } | Phase::Discarded { at } | Phase::Cancelled { at } => Some(*at),
            Phase::Pending { .. } | Phase::Running { .. } => None,
        }
    }

    /// Whether nothing follows by itself.
    pub fn is_final(&self) -> bool {
        self.finalized_at().is_some()
    }
}

/// How far an attempt says it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Progress {
    /// Steps done, of `total`.
    pub done: u64,
    /// Steps in all; 0 when unknown.
    pub total: u64,
    /// What it does now, at most 1 KiB.
    pub message: String,
    /// When it said so.
    pub at: Timestamp,
}

impl JobState {
    /// Where a job stands that was just submitted.
    pub fn submitted(spec: &JobSpec) -> Self {
        Self {
            phase: Phase::Pending { due_at: spec.run_at },
            attempt: 0,
            attempted_at: None,
            plugin: None,
            worker: None,
            cancel_requested: false,
            progress: None,
            waits_for: spec.after.as_ref().map_or(0, After::count),
            expires_at: spec.options.expires_at,
        }
    }

    /// Whether it is to be discarded, because it never started in time.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.must_start_by().is_some_and(|expiry| expiry <= now)
    }

    /// When it expires, while it waits for its first attempt.
    pub fn must_start_by(&self) -> Option<Timestamp> {
        let never_began = self.attempted_at.is_none() && matches!(self.phase, Phase::Pending { .. });
        self.expires_at.filter(|_| never_began)
    }

    /// When it may run; nothing, if it does not wait, or if it waits for other jobs before that.
    pub fn due_at(&self) -> Option<Timestamp> {
        match self.phase {
            Phase::Pending { due_at } if self.waits_for == 0 => Some(due_at),
            _ => None,
        }
    }

    /// The state shown outside at this moment.
    pub fn name(&self, now: Timestamp) -> StateName {
        match &self.phase {
            Phase::Pending { .. } if self.waits_for > 0 => StateName::Scheduled,
            Phase::Pending { due_at } if *due_at <= now => StateName::Available,
            Phase::Pending { .. } if self.attempt > 0 => StateName::Retryable,
            Phase::Pending { .. } => StateName::Scheduled,
            Phase::Running { .. } => StateName::Running,
            Phase::Completed { .. } => StateName::Completed,
            Phase::Discarded { .. } => StateName::Discarded,
            Phase::Cancelled { .. } => StateName::Cancelled,
        }
    }
}
