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

/// The kind of worker that holds a lease, which decides how long the lease can outlive a restart of storage.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Holder {
    /// A host, which runs the attempt itself. Its leases end with its process, so their renewals need not be durable.
    #[default]
    Host,
    /// A worker beyond the hosts, such as an application that takes jobs over the network. It goes on while a host
    /// restarts, so its leases and their renewals are durable.
    Remote,
}

/// The exclusive right to settle a running job, until a time without a further heartbeat.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lease {
    /// The token that every write of the running job must name.
    pub token: LeaseToken,
    /// Time from which the job may be taken back.
    pub expires_at: Timestamp,
    /// The name of its holder.
    pub worker: WorkerId,
    /// The kind of its holder.
    pub holder: Holder,
    /// Time at which the job was due when it was claimed: an attempt that is given back keeps the job's place in the queue.
    pub due_at: Timestamp,
}
