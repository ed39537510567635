//! The types of the contract as those of this crate, and back.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::bindings::exports::taskbox::task::task as exports;
use super::bindings::taskbox::task::{events, job, types};
use crate::host::Event;
use crate::job::Context;
use crate::{JobResult, Level, TaskError};

/// A delay in milliseconds. One beyond `u64` is the largest, which the host caps.
pub(super) fn to_ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl From<Level> for job::Level {
    fn from(level: Level) -> Self {
        match level {
            Level::Trace => Self::Trace,
            Level::Debug => Self::Debug,
            Level::Info => Self::Info,
            Level::Warn => Self::Warn,
            Level::Error => Self::Error,
        }
    }
}

impl From<events::Event> for Event {
    fn from(event: events::Event) -> Self {
        match event {
            events::Event::Value(value) => Self::Value(value),
            events::Event::TimedOut => Self::TimedOut,
        }
    }
}

impl From<types::JobResult> for JobResult {
    fn from(result: types::JobResult) -> Self {
        let types::JobResult { job_id, task, state, output, error } = result;
        Self { job_id, task, state, output, error }
    }
}

impl From<exports::JobContext> for Context {
    fn from(context: exports::JobContext) -> Self {
        Self {
            job_id: context.job_id,
            task: context.task,
            attempt: context.attempt,
            max_attempts: context.max_attempts,
            idempotency_key: context.idempotency_key,
            deadline: deadline(context.deadline_ms),
            tags: context.tags,
            metadata: context.metadata,
            traceparent: context.traceparent,
        }
    }
}

/// Unix time in milliseconds as a time. One that no clock reaches is the beginning of 1970: no time is left.
fn deadline(unix_ms: u64) -> SystemTime {
    UNIX_EPOCH.checked_add(Duration::from_millis(unix_ms)).unwrap_or(UNIX_EPOCH)
}

impl From<TaskError> for exports::TaskError {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delay_crosses_to_the_host_in_milliseconds() {
        let error = TaskError::retry_after(Duration::from_secs(2), "busy");
        let exports::TaskError::RetryAfter((delay_ms, message)) = error.into() else {
            panic!("the kind of error changed on its way to the host");
        };
        assert_eq!((delay_ms, message.as_str()), (2_000, "busy"));
    }

    #[test]
    fn an_endless_delay_does_not_wrap_round() {
        assert_eq!(to_ms(Duration::MAX), u64::MAX);
    }
}
