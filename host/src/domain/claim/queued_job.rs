//! What a claim must know of a job that is not final.

use super::symbols::Symbol;
use crate::domain::{JobId, Timestamp};

/// A digest of a key that a stranger chose: 128 bits, beyond any chance of meeting another.
pub type KeyDigest = [u8; 16];

/// Who submitted a job; those that no token submitted share one caller.
pub type Caller = Option<KeyDigest>;

/// A fairness key; the jobs of a caller that name none share one.
pub type FairKey = Option<KeyDigest>;

/// By whose turns a job starts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Share {
    /// Who submitted it.
    pub caller: Caller,
    /// Its fairness key.
    pub key: FairKey,
}

/// The position of a waiting job among those of its lane. The lower one starts first.
pub type Position = (Timestamp, JobId);

/// A job that is not final.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct QueuedJob {
    /// What it waits for, if it waits.
    pub status: QueuedStatus,
    /// Where it waits.
    pub queue: Symbol,
    /// What it runs.
    pub task: Symbol,
    /// Higher starts first.
    pub priority: i8,
    /// Its concurrency key.
    pub key: Option<KeyDigest>,
    /// Whether it starts in the order of submission among the jobs of its key.
    pub strict_order: bool,
    /// By whose turns it starts.
    pub share: Share,
    /// The weight of its fairness key, at least 1.
    pub weight: u16,
}

/// What a job that is not final waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum QueuedStatus {
    /// Its time, or a place.
    Pending {
        /// Its time.
        due_at: Timestamp,
    },
    /// Other jobs, whatever the time.
    Waiting,
    /// Nothing: it runs.
    Running,
}

/// Jobs of one queue that only due time and age tell apart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Lane {
    /// Their task.
    pub task: Symbol,
    /// Their priority.
    pub priority: i8,
    /// By whose turns they start.
    pub share: Share,
}

impl QueuedJob {
    /// Where it waits among the jobs of its queue.
    pub fn lane(&self) -> Lane {
        Lane { task: self.task, priority: self.priority, share: self.share }
    }

    /// Whether it waits for its time, or for a place.
    pub fn is_pending(&self) -> bool {
        matches!(self.status, QueuedStatus::Pending { .. })
    }

    /// Whether it runs.
    pub fn runs(&self) -> bool {
        self.status == QueuedStatus::Running
    }
}
