//! The state of a job.

use super::{JobSpec, StateName};
use crate::domain::{After, Code, EventWait, Lease, Timestamp, WorkerId};

/// The state of a job: small, and rewritten at every transition.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JobState {
    /// The stored phase.
    pub phase: Phase,
    /// Number of attempts that have started and count.
    pub attempt: u32,
    /// Start of the latest attempt.
    pub attempted_at: Option<Timestamp>,
    /// The code of the latest attempt.
    pub code: Option<Code>,
    /// The worker of the latest attempt.
    pub worker: Option<WorkerId>,
    /// Whether a running job has been asked to stop.
    pub cancel_requested: bool,
    /// The latest progress.
    pub progress: Option<Progress>,
    /// Number of parents that it still waits for; with [`any`](crate::domain::AfterWhen::Any), number of those that can
    /// still release it. 0 when it waits for none. Or the number of jobs that it submitted and waits for.
    pub waits_for: u32,
    /// Time at which it is discarded unless it has started. A manual retry lifts it.
    pub expires_at: Option<Timestamp>,
    /// Its latest wait for an event, until that arrives.
    pub wait: Option<EventWait>,
    /// Number of its waits for events, since its submission or the last manual retry.
    pub waits: u32,
}

/// The five stored phases. A final phase contains its time, so that the two cannot disagree.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Phase {
    /// Waits until due.
    Pending {
        /// Earliest start, unless it [waits for other jobs](JobState::waits_for).
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
    /// Cancelled.
    Cancelled {
        /// When.
        at: Timestamp,
    },
}

impl Phase {
    /// Time at which the job became final, if it is.
    pub fn finalized_at(&self) -> Option<Timestamp> {
        match self {
            Phase::Completed { at } | Phase::Discarded { at } | Phase::Cancelled { at } => Some(*at),
            Phase::Pending { .. } | Phase::Running { .. } => None,
        }
    }

    /// Whether it is final.
    pub fn is_final(&self) -> bool {
        self.finalized_at().is_some()
    }
}

/// The progress that an attempt reported.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Progress {
    /// Steps done, of `total`.
    pub done: u64,
    /// Steps in all; 0 when unknown.
    pub total: u64,
    /// The present step, at most 1 KiB.
    pub message: String,
    /// Time of the report.
    pub at: Timestamp,
}

impl JobState {
    /// The state of a job at its submission.
    pub fn submitted(spec: &JobSpec) -> Self {
        Self {
            phase: Phase::Pending { due_at: spec.run_at },
            attempt: 0,
            attempted_at: None,
            code: None,
            worker: None,
            cancel_requested: false,
            progress: None,
            waits_for: spec.after.as_ref().map_or(0, After::count),
            expires_at: spec.options.expires_at,
            wait: None,
            waits: 0,
        }
    }

    /// Whether an attempt is running.
    pub fn is_running(&self) -> bool {
        matches!(self.phase, Phase::Running { .. })
    }

    /// The event that it waits for between two attempts, and since when.
    pub fn waits_for_event(&self) -> Option<&EventWait> {
        let waits = matches!(self.phase, Phase::Pending { .. });
        self.wait.as_ref().filter(|wait| waits && !wait.over)
    }

    /// When it is due if the event that it waits for arrives now.
    pub fn due_by_event(&self, wait: &EventWait, now: Timestamp) -> Timestamp {
        let due_at = now.max(wait.earliest);
        self.due_at().map_or(due_at, |timeout| timeout.min(due_at))
    }

    /// Whether it waits for another attempt after one that failed.
    pub fn is_retried(&self) -> bool {
        self.attempt > 0 && self.waits_for_event().is_none()
    }

    /// Whether it has expired and is to be discarded.
    pub fn has_expired(&self, now: Timestamp) -> bool {
        self.must_start_by().is_some_and(|expiry| expiry <= now)
    }

    /// Time at which it expires, while it waits for its first attempt.
    pub fn must_start_by(&self) -> Option<Timestamp> {
        let never_began = self.attempted_at.is_none() && matches!(self.phase, Phase::Pending { .. });
        self.expires_at.filter(|_| never_began)
    }

    /// Time at which it is due; `None` if it does not wait, or waits for its parents. One that waits for jobs that it
    /// submitted is due at the end of that wait.
    pub fn due_at(&self) -> Option<Timestamp> {
        match self.phase {
            Phase::Pending { due_at } if self.waits_for == 0 || self.waits_for_event().is_some() => {
                Some(due_at)
            }
            _ => None,
        }
    }

    /// The state shown outside at this time.
    pub fn name(&self, now: Timestamp) -> StateName {
        match &self.phase {
            Phase::Pending { .. } if self.due_at().is_none() => StateName::Scheduled,
            Phase::Pending { due_at } if *due_at <= now => StateName::Available,
            Phase::Pending { .. } if self.is_retried() => StateName::Retryable,
            Phase::Pending { .. } => StateName::Scheduled,
            Phase::Running { .. } => StateName::Running,
            Phase::Completed { .. } => StateName::Completed,
            Phase::Discarded { .. } => StateName::Discarded,
            Phase::Cancelled { .. } => StateName::Cancelled,
        }
    }
}
