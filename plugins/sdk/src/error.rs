//! The error of an attempt.

use std::fmt;
use std::time::Duration;

use crate::bindings::exports::taskbox::task::task as wire;

/// The reason why an attempt did not succeed, and its consequence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TaskError {
    /// Retry after the host's backoff.
    Retryable(String),
    /// Retry after a delay.
    RetryAfter {
        /// The shortest delay.
        delay: Duration,
        /// The message for the operator.
        message: String,
    },
    /// Not yet: run the job again after this delay, without counting an attempt. The host bounds the delay to a second and
    /// a day.
    Snooze(Duration),
    /// Run the job again when an event is there, or this time is over, without counting an attempt: what
    /// [`events::wait_for`](crate::events::wait_for) returns.
    WaitForEvent {
        /// The name of the event.
        name: String,
        /// The longest wait; the host bounds it to a second and a year.
        timeout: Duration,
    },
    /// The same for jobs that this one submitted: what [`jobs::wait_for`](crate::jobs::wait_for) returns.
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

impl From<TaskError> for wire::TaskError {
    fn from(error: TaskError) -> Self {
        match error {
            TaskError::Retryable(message) => Self::Retryable(message),
            TaskError::RetryAfter { delay, message } => Self::RetryAfter((to_ms(delay), message)),
            TaskError::Snooze(delay) => Self::Snooze(to_ms(delay)),
            TaskError::WaitForEvent { name, timeout } => Self::WaitForEvent((name, to_ms(timeout))),
            TaskError::WaitForJobs { name, steps, timeout } => {
                Self::WaitForJobs((name, steps, to_ms(timeout)))
            }
            TaskError::Permanent(message) => Self::Permanent(message),
            TaskError::Cancelled => Self::Cancelled,
        }
    }
}

/// A delay in milliseconds. One beyond `u64` is the largest, which the host caps.
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
