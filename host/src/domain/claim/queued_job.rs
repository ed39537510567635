//! A job that is not final, as claims need it.

use std::cmp::Reverse;

use super::symbols::Symbol;
use crate::domain::{JobId, Timestamp};

/// A digest of a key that a stranger chose: 128 bits, beyond any chance of meeting another.
pub type KeyDigest = [u8; 16];

/// The submitter of a job, by a digest; jobs that no token submitted share one caller.
pub type CallerDigest = Option<KeyDigest>;

/// A fairness key; the jobs of a caller that name none share one.
pub type FairKey = Option<KeyDigest>;

/// The caller and fairness key by whose turns a job starts.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Share {
    /// Its submitter.
    pub caller: CallerDigest,
    /// Its fairness key.
    pub key: FairKey,
}

/// The position of a waiting job among those of its fairness lane. The lower one starts first.
pub type Position = (Timestamp, JobId);

/// A fairness lane: the jobs of one queue and task that differ only in their positions. The one of the highest
/// priority is the lowest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct LaneKey {
    /// Their priority.
    pub priority: Reverse<i8>,
    /// The caller and fairness key by whose turns they start.
    pub share: Share,
}

/// The first job of a fairness lane of one queue.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Head {
    /// The job.
    pub position: Position,
    /// Its queue.
    pub queue: Symbol,
}

impl Head {
    /// When it falls due.
    pub fn due_at(self) -> Timestamp {
        self.position.0
    }
}

/// A job that is not final.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct QueuedJob {
    /// Its status.
    pub status: QueuedStatus,
    /// Its queue.
    pub queue: Symbol,
    /// Its task.
    pub task: Symbol,
    /// Higher starts first.
    pub priority: i8,
    /// Its concurrency key.
    pub key: Option<KeyDigest>,
    /// Its number among the jobs of its key that start in the order of submission, if it is one of them. Storage gives
    /// the numbers: ids come from the clocks of many hosts.
    pub strict_order: Option<u64>,
    /// The caller and fairness key by whose turns it starts.
    pub share: Share,
    /// The weight of its fairness key, at least 1.
    pub weight: u16,
}

/// The status of a job that is not final, by what it waits for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum QueuedStatus {
    /// Its time, or capacity.
    Pending {
        /// Its time.
        due_at: Timestamp,
    },
    /// Other jobs, whatever the time.
    Waiting,
    /// Nothing: it runs.
    Running,
}

impl QueuedJob {
    /// Its lane among the jobs of its queue and task.
    pub fn lane(&self) -> LaneKey {
        LaneKey { priority: Reverse(self.priority), share: self.share }
    }

    /// Whether it waits for its time, or for capacity.
    pub fn is_pending(&self) -> bool {
        matches!(self.status, QueuedStatus::Pending { .. })
    }

    /// Whether it runs.
    pub fn runs(&self) -> bool {
        self.status == QueuedStatus::Running
    }
}
