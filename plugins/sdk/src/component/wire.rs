//! The types of the contract as those of this crate, and back: by functions, because implementations of `From` would make the
//! generated types part of what this crate promises.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::bindings::exports::taskbox::task::task as exports;
use super::bindings::taskbox::task::{events, job, types};
use crate::host::Event;
use crate::job::Context;
use crate::{JobResult, Level, TaskError};

/// A time in milliseconds, rounded up, so that no wait is shorter than it should be. One beyond `u64` is the largest.
pub(super) fn to_ms(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos().div_ceil(1_000_000)).unwrap_or(u64::MAX)
}

pub(super) fn level(level: Level) -> job::Level {
    match level {
        Level::Trace => job::Level::Trace,
        Level::Debug => job::Level::Debug,
        Level::Info => job::Level::Info,
        Level::Warn => job::Level::Warn,
        Level::Error => job::Level::Error,
    }
}

pub(super) fn event(event: events::Event) -> Event {
    match event {
        events::Event::Value(value) => Event::Value(value),
        events::Event::TimedOut => Event::TimedOut,
    }
}

pub(super) fn job_result(result: types::JobResult) -> JobResult {
    let types::JobResult { job_id, task, state, output, error } = result;
    JobResult { job_id, task, state, output, error }
}

pub(super) fn context(context: exports::JobContext) -> Context {
    Context {
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

/// Unix time in milliseconds as a time. One that no clock reaches is the beginning of 1970: no time is left.
fn deadline(unix_ms: u64) -> SystemTime {
    UNIX_EPOCH.checked_add(Duration::from_millis(unix_ms)).unwrap_or(UNIX_EPOCH)
}

pub(super) fn task_error(error: TaskError) -> exports::TaskError {
    use exports::TaskError as Wire;

    match error {
        TaskError::Retryable(message) => Wire::Retryable(message),
        TaskError::RetryAfter { delay, message } => Wire::RetryAfter((to_ms(delay), message)),
        TaskError::Snooze(delay) => Wire::Snooze(to_ms(delay)),
        TaskError::WaitForEvent { name, timeout } => Wire::WaitForEvent((name, to_ms(timeout))),
        TaskError::WaitForJobs { name, steps, timeout } => Wire::WaitForJobs((name, steps, to_ms(timeout))),
        TaskError::Permanent(message) => Wire::Permanent(message),
        TaskError::Cancelled => Wire::Cancelled,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delay_crosses_to_the_host_in_milliseconds() {
        let error = TaskError::retry_after(Duration::from_secs(2), "busy");
        let exports::TaskError::RetryAfter((delay_ms, message)) = task_error(error) else {
            panic!("the kind of error changed on its way to the host");
        };
        assert_eq!((delay_ms, message.as_str()), (2_000, "busy"));
    }

    #[test]
    fn an_endless_delay_does_not_wrap_round() {
        assert_eq!(to_ms(Duration::MAX), u64::MAX);
        assert_eq!((to_ms(Duration::ZERO), to_ms(Duration::from_nanos(1))), (0, 1));
    }
}
