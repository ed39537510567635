//! Why an attempt ended badly, as a closed set that people and programs can tell apart.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::Timestamp;

/// The most text that one error keeps, in bytes, for its message and for its detail.
const ERROR_TEXT_BYTES_MAX: usize = 4 * 1024;

/// What kind of failure ended an attempt.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum FailureKind {
    /// The plugin said that another attempt may succeed.
    Failed,
    /// The plugin said that no attempt can succeed.
    Permanent,
    /// The guest trapped: a panic, an overflow of its stack, an access out of bounds.
    Trap,
    /// The attempt ran out of wall time.
    Timeout,
    /// The attempt ran out of CPU time.
    CpuLimit,
    /// The attempt wanted more memory than its limit.
    MemoryLimit,
    /// The attempt returned or printed more than its limit.
    OutputLimit,
    /// The attempt asked for what its grant does not allow.
    Denied,
    /// The host that ran the attempt stopped renewing its lease.
    LeaseLost,
    /// The host shut down and gave the attempt back.
    Interrupted,
    /// The job was cancelled.
    Cancelled,
    /// The job did not start before it expired.
    Expired,
    /// No active plugin offers the task.
    UnknownTask,
    /// The plugin returned what does not fit: no JSON, or no order for an order job.
    BadOutput,
    /// A job for which it waited failed, was cancelled or was deleted.
    ParentFailed,
}

impl FailureKind {
    const NAMES: [(FailureKind, &'static str); 15] = [
        (FailureKind::Failed, "failed"),
        (FailureKind::Permanent, "permanent"),
        (FailureKind::Trap, "trap"),
        (FailureKind::Timeout, "timeout"),
        (FailureKind::CpuLimit, "cpu-limit"),
        (FailureKind::MemoryLimit, "memory-limit"),
        (FailureKind::OutputLimit, "output-limit"),
        (FailureKind::Denied, "denied"),
        (FailureKind::LeaseLost, "lease-lost"),
        (FailureKind::Interrupted, "interrupted"),
        (FailureKind::Cancelled, "cancelled"),
        (FailureKind::Expired, "expired"),
        (FailureKind::UnknownTask, "unknown-task"),
        (FailureKind::BadOutput, "bad-output"),
        (FailureKind::ParentFailed, "parent-failed"),
    ];

    /// The name shown outside, such as `memory-limit`.
    pub fn as_str(self) -> &'static str {
        Self::NAMES.iter().find(|(kind, _)| *kind == self).map_or("failed", |(_, name)| name)
    }
}

impl fmt::Display for FailureKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for FailureKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::NAMES.iter().find(|(_, name)| *name == text);
        found.map(|(kind, _)| *kind).ok_or_else(|| format!("{text:?} is not a kind of failure"))
    }
}

/// What should follow a failure.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Retry {
    /// Another attempt, after the backoff of the job's attempts so far.
    Backoff,
    /// Another attempt, after the delay that the plugin chose.
    After(Duration),
    /// No further attempt.
    Never,
}

/// A failed attempt: what happened, in words, and what should follow.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Failure {
    /// What kind of failure it was.
    pub kind: FailureKind,
    /// One sentence for the person who reads the job.
    pub message: String,
    /// More for the plugin's author, such as the last lines that the guest printed.
    pub detail: Option<String>,
    /// What should follow.
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

/// A failure as a job remembers it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AttemptError {
    /// The attempt that failed, from 1; 0 for a job that never started.
    pub attempt: u32,
    /// When the failure was written.
    pub at: Timestamp,
    /// What kind of failure it was.
    pub kind: FailureKind,
    /// One sentence, at most 4 KiB.
    pub message: String,
    /// More for the plugin's author, at most 4 KiB.
    pub detail: Option<String>,
}

impl AttemptError {
    /// Remembers a failure, its texts bounded.
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
    fn every_kind_reads_back_from_its_name() {
        for (kind, name) in FailureKind::NAMES {
            assert_eq!(kind.to_string(), name);
            assert_eq!(name.parse(), Ok(kind));
        }
    }

    #[test]
    fn a_remembered_failure_is_bounded_at_a_character() {
        let failure = Failure::permanent(FailureKind::Trap, "ä".repeat(5_000));
        let remembered = AttemptError::new(1, Timestamp::default(), &failure);
        assert_eq!(remembered.message.len(), ERROR_TEXT_BYTES_MAX);
    }
}
