//! The states of a job as they are shown.

use crate::domain::closed_set::closed_set;

closed_set! {
    /// The state of a job.
    pub enum StateName {
        /// Due later, or waiting for other jobs or an event; no attempt of it failed.
        Scheduled = "scheduled",
        /// Due now.
        Available = "available",
        /// An attempt is running.
        Running = "running",
        /// An attempt failed or was given back; the next one is due later.
        Retryable = "retryable",
        /// Succeeded.
        Completed = "completed",
        /// Failed for good, or expired before it started.
        Discarded = "discarded",
        /// Cancelled by a caller.
        Cancelled = "cancelled",
    }
}

impl StateName {
    /// Whether a job stays in this state unless a caller acts on it.
    pub const fn is_final(self) -> bool {
        matches!(self, StateName::Completed | StateName::Discarded | StateName::Cancelled)
    }
}
