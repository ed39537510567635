//! Why an attempt did not succeed, in the words of a plugin author.

use std::fmt;
use std::time::Duration;

use crate::bindings::exports::taskbox::task::task as wire;

/// Why an attempt did not succeed, and what should follow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskError {
    /// Try again, after the host's own backoff.
    Retryable(String),
    /// Try again, but not before this much time has passed.
    RetryAfter {
        /// How long the host should wait.
        delay: Duration,
        /// What the operator reads.
        message: String,
    },
    /// Not yet: run the job again after this much time, at the cost of no attempt. The host takes it as at
    /// least a second and at most a day.
    Snooze(Duration),
    /// Never try again: another attempt would fail the same way.
    Permanent(String),
    /// The plugin saw that the job was cancelled, and stopped.
    Cancelled,
}

impl TaskError {
    /// Another attempt may succeed.
    pub fn retryable(message: impl fmt::Display) -> Self {
        Self::Retryable(message.to_string())
    }

    /// Another attempt may succeed, but not before `delay` has passed.
    pub fn retry_after(delay: Duration, message: impl fmt::Display) -> Self {
        Self::RetryAfter { delay, message: message.to_string() }
    }

    /// No other attempt can succeed.
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
            Self::Cancelled => f.write_str("the job was cancelled"),
        }
    }
}

impl std::error::Error for TaskError {}

impl From<TaskError> for wire::TaskError {
    fn from(error: TaskError) -> Self {
        match error {
            TaskError::Retryable(message) => Self::Retryable(message),
            TaskError::RetryAfter { delay, message } => Self::RetryAfter((to_ms(delay), message)),
            // What the host was asked for before is what counts; a host that knows no snooze waits as long.
            TaskError::Snooze(delay) => Self::RetryAfter((to_ms(delay), error.to_string())),
            TaskError::Permanent(message) => Self::Permanent(message),
            TaskError::Cancelled => Self::Cancelled,
        }
    }
}

/// Milliseconds as the contract counts them. A delay beyond `u64` means "never", and the host caps it.
pub(crate) fn to_ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delay_crosses_to_the_host_in_milliseconds() {
        let error = TaskError::retry_after(Duration::from_secs(2), "busy");
        let wire::TaskError::RetryAfter((delay_ms, message)) = error.into() else {
            panic!("the kind of error changed on its way to the host");
        };
        assert_eq!((delay_ms, message.as_str()), (2_000, "busy"));
    }

    #[test]
    fn an_endless_delay_does_not_wrap_round() {
        assert_eq!(to_ms(Duration::MAX), u64::MAX);
    }
}
