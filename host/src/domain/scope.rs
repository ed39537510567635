//! The scopes of tokens.

use super::closed_set;

closed_set! {
    /// A part of the API that a token may use.
    pub enum Scope {
        /// Submit jobs and place orders; see, cancel, retry and delete those by their ids.
        Submit = "submit",
        /// See all orders, jobs, plugins, queues, tasks and schedules.
        Read = "read",
        /// See the same, act on all jobs, and change everything: all scopes below.
        Operate = "operate",
        /// Cancel any job.
        JobsCancel = "jobs:cancel",
        /// Retry any job.
        JobsRetry = "jobs:retry",
        /// Delete any job.
        JobsDelete = "jobs:delete",
        /// See and change plugins and their grants.
        Plugins = "plugins",
        /// List, write and remove secrets.
        Secrets = "secrets",
        /// See and change the settings of queues and tasks.
        Queues = "queues",
        /// See and change schedules.
        Schedules = "schedules",
        /// List, make and revoke tokens, of scopes that the same token has.
        Tokens = "tokens",
        /// Read the audit log.
        Audit = "audit",
    }
}

impl Scope {
    /// Whether what it allows can be kept within queues and tasks.
    pub fn fits_bounds(self) -> bool {
        use Scope::{JobsCancel, JobsDelete, JobsRetry, Queues, Read, Submit};
        matches!(self, Submit | Read | JobsCancel | JobsRetry | JobsDelete | Queues)
    }
}
