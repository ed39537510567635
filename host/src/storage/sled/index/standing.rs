//! What is known of one job.

use super::super::codec::{LaneMark, StateRecord};
use super::lane::{FairKey, KeyDigest, StrandName};
use super::names::Symbol;
use crate::domain::{Phase, StateName, Timestamp};

/// Where a job stands, as far as the index cares.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
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
        /// Since when.
        at: Timestamp,
    },
}

impl Standing {
    /// Where a job of this record stands.
    pub fn of(record: &StateRecord) -> Self {
        match &record.state.phase {
            Phase::Pending { .. } => match record.state.due_at() {
                Some(due_at) => Standing::Pending { due_at, retried: record.state.attempt > 0 },
                None => Standing::Waiting,
            },
            Phase::Running { lease } => Standing::Running { expires_at: lease.expires_at },
            Phase::Completed { at } | Phase::Discarded { at } | Phase::Cancelled { at } => {
                // A final state has the same name at any time.
                Standing::Final { state: record.state.name(Timestamp::default()), at: *at }
            }
        }
    }

    /// The state shown outside; [`crate::domain::JobState::name`] says the same of the whole state.
    pub fn name(self, now: Timestamp) -> StateName {
        match self {
            Standing::Pending { due_at, .. } if due_at <= now => StateName::Available,
            Standing::Pending { retried: true, .. } => StateName::Retryable,
            Standing::Pending { retried: false, .. } | Standing::Waiting => StateName::Scheduled,
            Standing::Running { .. } => StateName::Running,
            Standing::Final { state, .. } => state,
        }
    }

    /// Whether it waits for its time, or for a place.
    pub fn is_pending(self) -> bool {
        matches!(self, Standing::Pending { .. })
    }

    /// Whether it runs.
    pub fn is_running(self) -> bool {
        matches!(self, Standing::Running { .. })
    }
}

/// One job.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    /// Where it stands.
    pub standing: Standing,
    /// Where it waits.
    pub queue: Symbol,
    /// What it runs.
    pub task: Symbol,
    /// Higher runs first.
    pub priority: i8,
    /// Kept for others that may want to read its result.
    pub needed: bool,
    /// With whom it shares its limit, its order and its turns: nobody, of most jobs and of all final ones.
    pub lane: Option<Box<LaneMark>>,
}

impl Entry {
    /// What a record says of a job in this queue and of this task.
    pub fn new(record: &StateRecord, queue: Symbol, task: Symbol) -> Self {
        let standing = Standing::of(record);
        let shares = record.lane != LaneMark::default() && !matches!(standing, Standing::Final { .. });
        Self {
            standing,
            queue,
            task,
            priority: record.priority,
            needed: record.children > 0,
            lane: shares.then(|| Box::new(record.lane)),
        }
    }

    /// Whether it runs, and goes on like this with nothing but another end of its lease.
    pub fn runs_on_as(&self, next: &Entry) -> bool {
        let Entry { standing, queue, task, priority, needed, lane } = next;
        let runs = self.standing.is_running() && standing.is_running();
        let same = (self.queue, self.task, self.priority, self.needed) == (*queue, *task, *priority, *needed);
        runs && same && self.lane == *lane
    }

    /// Its concurrency key.
    pub fn key(&self) -> Option<KeyDigest> {
        self.lane.as_ref().and_then(|lane| lane.key)
    }

    /// Whether it starts in the order of submission among those of its key.
    pub fn strict_order(&self) -> bool {
        self.lane.as_ref().is_some_and(|lane| lane.strict_order)
    }

    /// Its fairness key.
    pub fn fair(&self) -> FairKey {
        self.lane.as_ref().and_then(|lane| lane.fairness_key)
    }

    /// The weight of its fairness key; those that name none share one of weight 1.
    pub fn weight(&self) -> u16 {
        self.lane.as_ref().map_or(1, |lane| lane.fairness_weight.max(1))
    }

    /// Where it waits among those of its queue.
    pub fn strand(&self) -> StrandName {
        StrandName { task: self.task, priority: self.priority, fair: self.fair() }
    }
}
