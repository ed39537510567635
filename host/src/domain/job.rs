//! A job: a task, its input, and where it stands.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    After, AttemptError, JobId, Json, Lane, Lease, OrderId, PluginRef, QueueName, Submitter, TaskName,
    Timestamp, Unique, WorkerId,
};

/// What was submitted. It never changes once an attempt has begun; before that, only a job of the
/// same [`Unique`] key can take its place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JobSpec {
    /// The job's name.
    pub id: JobId,
    /// What to run.
    pub task: TaskName,
    /// What to run it on.
    pub input: Json,
    /// Where it waits.
    pub queue: QueueName,
    /// Higher runs first, -100 to 100.
    pub priority: i8,
    /// When it may first run; not before it was submitted.
    pub run_at: Timestamp,
    /// After how many failed attempts it is discarded, 1 to 1000.
    pub max_attempts: u32,
    /// Wall time of one attempt; without it the task's own, then the grant's.
    pub timeout: Option<Duration>,
    /// By when it was to start: see [`JobState::expires_at`].
    pub expires_at: Option<Timestamp>,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// The submitter's own data, an object.
    pub metadata: Json,
    /// A short text for people.
    pub label: Option<String>,
    /// The order that this job completes.
    pub order: Option<OrderId>,
    /// Whose it is. It stays so: a job of one submitter never takes the id of another's.
    pub submitter: Submitter,
    /// When it was submitted.
    pub created_at: Timestamp,
    /// By what it is the only one of its task.
    pub unique: Option<Unique>,
    /// With whom it shares its limit, its order and its turns.
    pub lane: Lane,
    /// For which jobs it waits.
    pub after: Option<After>,
    /// Who is told when it is final: see [`JobSpec::webhook`].
    pub callback_url: Option<String>,
}

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
    /// For how many jobs it still waits; with [`any`](super::AfterWhen::Any), how many of them can still
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

/// The seven states shown outside; three of them are derived from [`Phase::Pending`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord, Serialize, Deserialize)]
pub enum StateName {
    /// Due later, or waits for other jobs; never attempted.
    Scheduled,
    /// Due now.
    Available,
    /// An attempt runs.
    Running,
    /// Failed, and due again later.
    Retryable,
    /// Succeeded.
    Completed,
    /// Failed for good.
    Discarded,
    /// Stopped by a person.
    Cancelled,
}

impl StateName {
    /// All states, in the order of a job's life.
    pub const ALL: [StateName; 7] = [
        StateName::Scheduled,
        StateName::Available,
        StateName::Running,
        StateName::Retryable,
        StateName::Completed,
        StateName::Discarded,
        StateName::Cancelled,
    ];

    /// The name shown outside.
    pub fn as_str(self) -> &'static str {
        match self {
            StateName::Scheduled => "scheduled",
            StateName::Available => "available",
            StateName::Running => "running",
            StateName::Retryable => "retryable",
            StateName::Completed => "completed",
            StateName::Discarded => "discarded",
            StateName::Cancelled => "cancelled",
        }
    }
}

impl fmt::Display for StateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for StateName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|state| state.as_str() == text);
        known.ok_or_else(|| {
            let names = Self::ALL.map(StateName::as_str).join(", ");
            format!("{text:?} is not a state of a job; the states are {names}")
        })
    }
}

/// A job: what was submitted and where it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Job {
    /// What was submitted.
    pub spec: JobSpec,
    /// Where it stands.
    pub state: JobState,
}

impl Job {
    /// A job just submitted.
    pub fn new(spec: JobSpec) -> Self {
        let state = JobState::submitted(&spec);
        Self { spec, state }
    }

    /// The state shown outside at this moment.
    pub fn state_name(&self, now: Timestamp) -> StateName {
        self.state.name(now)
    }
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
            expires_at: spec.expires_at,
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

/// A job with everything that was written about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JobDetails {
    /// The job.
    pub job: Job,
    /// The result of a completed job.
    pub output: Option<Json>,
    /// Every failed attempt, oldest first.
    pub errors: Vec<AttemptError>,
}
