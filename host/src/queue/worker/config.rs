//! The numbers of a worker.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::{NAMES_MAX_DEFAULT, QueueChoice, Retention};

/// How a worker works.
#[derive(Clone, Debug)]
pub struct WorkerConfig {
    /// Attempts at the same time.
    pub concurrency: usize,
    /// Which queues it works.
    pub queues: Arc<QueueChoice>,
    /// Time that a lease holds without a heartbeat: this long after a kill, its jobs run elsewhere.
    pub lease: Duration,
    /// Period of renewals: three within a lease, so that one lost renewal is no loss.
    pub heartbeat: Duration,
    /// Time before its end at which a lease that could not be renewed is distrusted and its attempt stopped.
    pub lease_margin: Duration,
    /// Interval at which storage is asked for due jobs without a wake.
    pub poll: Duration,
    /// Time for running attempts to finish at a shutdown.
    pub drain_grace: Duration,
    /// The retention of final jobs.
    pub retention: Retention,
    /// Most names of queues, and of tasks, that submissions of tasks may bring into use.
    pub names_max: usize,
    /// The URL under which others reach the host, without a slash at its end; without it no event has a URL.
    pub public_url: Option<Arc<str>>,
    /// Period of sweeps of final jobs that are kept no longer.
    pub sweep: Duration,
}

impl Default for WorkerConfig {
    fn default() -> Self {
        Self {
            concurrency: 10_000,
            queues: Arc::default(),
            lease: Duration::from_secs(30),
            heartbeat: Duration::from_secs(10),
            lease_margin: Duration::from_secs(5),
            poll: Duration::from_secs(1),
            drain_grace: Duration::from_secs(25),
            retention: Retention::default(),
            names_max: NAMES_MAX_DEFAULT,
            public_url: None,
            sweep: Duration::from_secs(60),
        }
    }
}
