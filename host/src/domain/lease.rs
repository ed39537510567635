//! The exclusive right to one attempt.

use std::fmt;
use std::sync::Arc;

use super::{LeaseToken, Timestamp};

/// Names the host process that works on a job, for people who look for it.
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

/// Who may settle a running job, and until when without a further heartbeat.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lease {
    /// Every write of the running job must name it.
    pub token: LeaseToken,
    /// When others may take the job back.
    pub expires_at: Timestamp,
    /// Who holds it.
    pub worker: WorkerId,
    /// When the job was due as it was taken: an attempt that is given back costs it no place in the line.
    pub due_at: Timestamp,
}
