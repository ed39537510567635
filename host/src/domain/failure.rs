//! Failures of attempts, by kinds that people and programs can distinguish.

use std::time::Duration;

use super::{Timestamp, closed_set};

/// The most text that one error keeps, in bytes, for its message and for its detail.
pub(crate) const ERROR_TEXT_BYTES_MAX: usize = 4 * 1024;

closed_set! {
    /// The kind of failure that ended an attempt.
    pub enum FailureKind {
        /// The plugin failed in a way that another attempt may not.
        Failed = "failed",
        /// The plugin failed in a way that every attempt would.
        Permanent = "permanent",
        /// The guest trapped: a panic, an overflow of its stack, an access out of bounds.
        Trap = "trap",
        /// The attempt ran out of wall time.
        Timeout = "timeout",
        /// The attempt ran out of CPU time.
        CpuLimit = "cpu-limit",
        /// The attempt exceeded its memory limit.
        MemoryLimit = "memory-limit",
        /// The attempt returned or printed more than its limit.
        OutputLimit = "output-limit",
        /// The attempt tried something that its grant does not allow.
        Denied = "denied",
        /// The host that ran the attempt stopped renewing its lease.
        LeaseLost = "lease-lost",
        /// The host shut down and gave the attempt back.
        Interrupted = "interrupted",
        /// The job was cancelled.
        Cancelled = "cancelled",
        /// The job did not start before it expired.
        Expired = "expired",
        /// No active plugin offers the task.
        UnknownTask = "unknown-task",
        /// The input does not fit the schema of the task.
        BadInput = "bad-input",
        /// The plugin returned no JSON, what does not fit the schema of the task, or no order for an order job.
        BadOutput = "bad-output",
        /// A job for which it waited failed, was cancelled or was deleted.
        ParentFailed = "parent-failed",
    }
}

/// The consequence of a failure.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Retry {
    /// Another attempt, after the backoff of the job's attempts so far.
    Backoff,
    /// Another attempt, after the delay that the plugin chose.
    After(Duration),
    /// No further attempt.
    Never,
}

/// The failure of an attempt, and its consequence.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// Its kind.
    pub kind: FailureKind,
    /// One sentence for the readers of the job.
    pub message: String,
    /// More for the plugin's author, such as the last lines that the guest printed.
    pub detail: Option<String>,
    /// Its consequence.
    pub retry: Retry,
}

impl Failure {
    /// A failure after which another attempt is made.
    pub fn retryable(kind: FailureKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), detail: None, retry: Retry::Backoff }
    }

    /// A failure after which no attempt is made.
    pub fn permanent(kind: FailureKind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), detail: None, retry: Retry::Never }
    }

    /// The same failure with more for the plugin's author.
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        self.detail = (!detail.is_empty()).then_some(detail);
        self
    }
}

/// A failure in the history of a job.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AttemptError {
    /// The attempt that failed, from 1; 0 for a job that never started.
    pub attempt: u32,
    /// Time of the record.
    pub at: Timestamp,
    /// Its kind.
    pub kind: FailureKind,
    /// One sentence, at most 4 KiB.
    pub message: String,
    /// More for the plugin's author, at most 4 KiB.
    pub detail: Option<String>,
}

impl AttemptError {
    /// The record of a failure, with bounded texts.
    pub fn new(attempt: u32, at: Timestamp, failure: &Failure) -> Self {
        Self {
            attempt,
            at,
            kind: failure.kind,
            message: bounded(&failure.message).to_owned(),
            detail: failure.detail.as_deref().map(|detail| bounded(detail).to_owned()),
        }
    }
}

fn bounded(text: &str) -> &str {
    &text[..text.floor_char_boundary(ERROR_TEXT_BYTES_MAX)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_remembered_failure_is_bounded_at_a_character() {
        let failure = Failure::permanent(FailureKind::Trap, "ä".repeat(5_000));
        let remembered = AttemptError::new(1, Timestamp::default(), &failure);
        assert_eq!(remembered.message.len(), ERROR_TEXT_BYTES_MAX);
    }
}
