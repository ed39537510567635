//! Where a waiting job stands among the others of its queue.

use super::names::Symbol;
use crate::domain::{JobId, Timestamp};

pub use super::super::codec::KeyDigest;

/// A fairness key; the jobs that name none share one.
pub type FairKey = Option<KeyDigest>;

/// A waiting job: when it is due, and which it is. The lower one runs first.
pub type Spot = (Timestamp, JobId);

/// Jobs of one queue that only due time and age tell apart.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct StrandName {
    /// Their task.
    pub task: Symbol,
    /// Their priority.
    pub priority: i8,
    /// Their fairness key.
    pub fair: FairKey,
}
