//! The error of an attempt.

use std::fmt;
use std::time::Duration;

/// The reason why an attempt did not succeed, and its consequence.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum TaskError {
    /// Retry after the host's backoff.
    Retryable(String),
    /// Retry after a delay.
    RetryAfter {
        /// The delay; the host bounds it to a day.
        delay: Duration,
        /// The message for the operator.
        message: String,
    },
    /// Not yet: run the job again after this delay, without counting an attempt. The host bounds the delay to a second and
    /// a day.
    Snooze(Duration),
    /// Run the job again when an event is there, or this time is over, without counting an attempt: what
    /// [`Job::wait_for`](crate::Job::wait_for) returns.
    WaitForEvent {
        /// The name of the event.
        name: String,
        /// The longest wait; the host bounds it to a second and a year.
        timeout: Duration,
    },
    /// The same for jobs that this one submitted: what [`Job::wait_for_jobs`](crate::Job::wait_for_jobs) returns.
    WaitForJobs {
        /// The name of the event that the host sends when they are final.
        name: String,
        /// The steps of the jobs, at most 1,000.
        steps: Vec<String>,
        /// The longest wait; the host bounds it to a second and a year.
        timeout: Duration,
    },
    /// Do not retry: another attempt would fail the same way.
    Permanent(String),
    /// The plugin saw that the job was cancelled, and stopped.
    Cancelled,
}

impl TaskError {
    /// An error after which another attempt may succeed.
    pub fn retryable(message: impl fmt::Display) -> Self {
        Self::Retryable(message.to_string())
    }

    /// An error after which another attempt may succeed when `delay` has passed.
    pub fn retry_after(delay: Duration, message: impl fmt::Display) -> Self {
        Self::RetryAfter { delay, message: message.to_string() }
    }

    /// Not yet: run the job again after this delay, without counting an attempt.
    pub fn snooze(delay: Duration) -> Self {
        Self::Snooze(delay)
    }

    /// An error after which no attempt can succeed.
    pub fn permanent(message: impl fmt::Display) -> Self {
        Self::Permanent(message.to_string())
    }
}

impl fmt::Display for TaskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Retryable(message) | Self::Permanent(message) => f.write_str(message),
            Self::RetryAfter { delay, message } => {
                write!(f, "{message} (again in {} ms)", delay.as_millis())
            }
            Self::Snooze(delay) => write!(f, "not yet (again in {} ms)", delay.as_millis()),
            Self::WaitForEvent { name, .. } | Self::WaitForJobs { name, .. } => write!(f, "waits for {name}"),
            Self::Cancelled => f.write_str("the job was cancelled"),
        }
    }
}

impl std::error::Error for TaskError {}
