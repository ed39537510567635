//! The exclusive right to one attempt.

use std::fmt;
use std::sync::Arc;

use super::{LeaseToken, Timestamp};

/// The name of the host process that works on a job, for operators.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct WorkerId(Arc<str>);

impl WorkerId {
    /// A worker of this name, for example `host-17:4242`.
    pub fn new(name: impl Into<Arc<str>>) -> Self {
        Self(name.into())
    }
}

impl fmt::Display for WorkerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The exclusive right to settle a running job, until a time without a further heartbeat.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lease {
    /// The token that every write of the running job must name.
    pub token: LeaseToken,
    /// Time from which the job may be taken back.
    pub expires_at: Timestamp,
    /// Its holder.
    pub worker: WorkerId,
    /// Time at which the job was due when it was claimed: an attempt that is given back keeps the job's place in the queue.
    pub due_at: Timestamp,
}
