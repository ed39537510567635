//! The running job, through which a task reaches its host. Each file adds what one feature needs.

mod checkpoints;
mod config;
mod context;
mod events;
mod http;
mod jobs;
mod log;
mod parents;
mod progress;

use std::fmt;

pub(crate) use context::Context;
pub use log::Level;

use crate::host::Host;
use crate::testing::TestJob;

/// The attempt that a task runs.
///
/// The host runs every attempt of a job in a fresh sandbox: no memory survives from one to the next, only
/// [checkpoints](Job::step), events and submitted jobs, which the host keeps. A panic ends the attempt, and the next follows
/// after the host's backoff. A job runs at least once: an attempt can be cut off anywhere, and the next one starts at the beginning.
pub struct Job {
    context: Context,
    host: Box<dyn Host>,
}

impl Job {
    /// A job for tests, without a host and without WebAssembly. See [`testing`](crate::testing).
    pub fn for_test() -> TestJob {
        TestJob::new()
    }

    pub(crate) fn new(context: Context, host: Box<dyn Host>) -> Self {
        Self { context, host }
    }

    pub(crate) fn context_mut(&mut self) -> &mut Context {
        &mut self.context
    }
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job").field("context", &self.context).finish_non_exhaustive()
    }
}
