//! From an ending to the outcome of the job: pure, and the only place that chooses a kind of failure.

use std::time::Duration;

use wasmtime::Trap;

use super::contract::TaskError;
use super::ending::Ending;
use super::fields;
use super::job::CheckpointFailed;
use super::panic;
use super::state::HANDLES_MAX;
use crate::domain::{
    AWAITED_STEPS_MAX, ByteSize, ERROR_TEXT_BYTES_MAX, Failure, FailureKind, Json, Limits, NameError,
    Outcome, Retry, WaitRequest, format_duration,
};

/// When an attempt for which there was no slot is tried again; it costs the job no attempt.
const NO_PLACE_DELAY: Duration = Duration::from_secs(1);

/// Observations of the host beside the ending itself.
pub(super) struct Seen<'a> {
    pub(super) limits: &'a Limits,
    /// Wall time that the attempt had.
    pub(super) timeout: Duration,
    /// Whether a memory was refused.
    pub(super) memory_refused: bool,
    /// The text of the latest denial, if the latest request was denied.
    pub(super) denial: Option<String>,
    /// The last lines on stderr.
    pub(super) stderr_tail: String,
    /// What it waits for, in words, if it does.
    pub(super) waiting_for: Option<String>,
    /// What it did last, in words, if it did something that the host saw.
    pub(super) activity: Option<String>,
    /// The calls of its code that were under way; empty if none were.
    pub(super) backtrace: String,
}

/// The outcome of an attempt.
pub(super) fn decide(ending: Ending, seen: Seen<'_>) -> Outcome {
    match ending {
        Ending::Returned(output) => returned(output, seen.limits),
        Ending::Stopped | Ending::HostMemoryOver => Outcome::Interrupted,
        Ending::NoPlace => Outcome::Snoozed(NO_PLACE_DELAY),
        Ending::Refused(TaskError::Cancelled) => Outcome::Cancelled,
        Ending::Refused(error) => refused(error, seen),
        other => Outcome::Failed(broken(other, seen)),
    }
}

fn returned(output: String, limits: &Limits) -> Outcome {
    let max = limits.output_bytes;
    if output.len() > max.as_usize() {
        let message = format!(
            "the task returned {}, more than {max}; raise `limits.output_bytes` in the grant",
            ByteSize(output.len() as u64)
        );
        return Outcome::Failed(Failure::permanent(FailureKind::OutputLimit, message));
    }
    match Json::parse(output) {
        Ok(output) => Outcome::Succeeded(output),
        Err(error) => {
            let message = format!("the task returned what is {error}");
            Outcome::Failed(Failure::permanent(FailureKind::BadOutput, message))
        }
    }
}

/// The guest ended by its own choice: its words count, except that a denial explains itself better.
fn refused(error: TaskError, seen: Seen<'_>) -> Outcome {
    let (kind, message, retry) = match error {
        TaskError::Retryable(message) => (FailureKind::Failed, message, Retry::Backoff),
        TaskError::RetryAfter(delay, message) => (FailureKind::Failed, message, Retry::After(delay)),
        TaskError::Permanent(message) => (FailureKind::Permanent, message, Retry::Never),
        TaskError::Cancelled => return Outcome::Cancelled,
        TaskError::Snooze(delay) if seen.denial.is_none() => return Outcome::Snoozed(delay),
        TaskError::Snooze(_) => (FailureKind::Failed, "the task asked for a snooze".to_owned(), Retry::Never),
        TaskError::Wait { event, steps, timeout } => match wait(event, steps, timeout) {
            Ok(wait) if seen.denial.is_none() => return Outcome::Waiting(wait),
            Ok(wait) => {
                (FailureKind::Failed, format!("the task wanted to wait for {}", wait.event), Retry::Never)
            }
            Err(error) => (FailureKind::Permanent, format!("the task wanted to wait: {error}"), Retry::Never),
        },
    };
    let failure = match seen.denial {
        Some(denial) => {
            let detail = joined(&message, &seen.stderr_tail);
            Failure::permanent(FailureKind::Denied, denial).with_detail(detail)
        }
        None => {
            let (message, stack) = worded(&message);
            let detail = joined(stack, &seen.stderr_tail);
            Failure { kind, message: message.to_owned(), detail: None, retry }.with_detail(detail)
        }
    };
    Outcome::Failed(failure)
}

/// The wait that a guest asks for, or what is wrong with it.
fn wait(event: String, steps: Vec<String>, timeout: Duration) -> Result<WaitRequest, String> {
    if steps.len() > AWAITED_STEPS_MAX {
        return Err(format!("for {} steps, and a wait is for at most {AWAITED_STEPS_MAX}", steps.len()));
    }
    let event = event.parse().map_err(|error: NameError| error.to_string())?;
    Ok(WaitRequest { steps, ..WaitRequest::new(event, timeout) })
}

/// The first line of what a guest said, and the lines behind it, such as the stack of an exception.
fn worded(message: &str) -> (&str, &str) {
    let message = message.trim();
    match message.split_once('\n') {
        None if message.is_empty() => ("the task failed and did not say why", ""),
        None => (message, ""),
        Some((first, rest)) => (first.trim_end(), rest.trim_end()),
    }
}

/// Two texts, one of which may be empty, one below the other.
fn joined(above: &str, below: &str) -> String {
    let (above, below) = (above.trim_end(), below.trim_end());
    let separator = if above.is_empty() || below.is_empty() { "" } else { "\n" };
    format!("{above}{separator}{below}")
}

/// The last words of a guest, and below them what it did last and where it was. What a record has no room for is the
/// beginning of the words.
fn with_place(words: &str, seen: &Seen<'_>) -> String {
    let calls = if seen.backtrace.is_empty() { "" } else { &format!("backtrace:\n{}", seen.backtrace) };
    let place = joined(seen.activity.as_deref().unwrap_or_default(), calls);
    let room = ERROR_TEXT_BYTES_MAX - place.len() - 1;
    let kept = &words[words.ceil_char_boundary(words.len().saturating_sub(room))..];
    joined(kept, &place)
}

/// The guest was ended, or ended itself without a word.
fn broken(ending: Ending, seen: Seen<'_>) -> Failure {
    let limits = seen.limits;
    let failure = match ending {
        Ending::TimedOut => Failure::retryable(FailureKind::Timeout, timed_out(&seen)),
        Ending::CpuTimeOver => Failure::retryable(
            FailureKind::CpuLimit,
            format!(
                "the attempt computed for {}; raise `limits.cpu` in the grant",
                format_duration(limits.cpu)
            ),
        ),
        Ending::PrintedTooMuch => Failure::permanent(
            FailureKind::OutputLimit,
            format!(
                "the attempt printed more than twice the {} that are kept; raise `limits.log_bytes` in the \
                 grant",
                limits.log_bytes
            ),
        ),
        Ending::TooManyFields => Failure::permanent(
            FailureKind::OutputLimit,
            format!(
                "the attempt keeps more than {} of header fields, methods and URLs in the host; let go of requests \
                 and responses that are done",
                fields::BYTES_MAX
            ),
        ),
        Ending::HandedTooMuch => Failure::permanent(
            FailureKind::OutputLimit,
            format!(
                "the task handed over much more in one call than the {} that its result may have; raise \
                 `limits.output_bytes` in the grant",
                limits.output_bytes
            ),
        ),
        Ending::CheckpointFailed(failed @ CheckpointFailed::Unread(_)) => {
            Failure::retryable(FailureKind::Failed, failed.to_string())
        }
        Ending::Unread(unread) => Failure::retryable(FailureKind::Failed, unread.to_string()),
        Ending::CheckpointFailed(CheckpointFailed::Refused(reason)) => {
            Failure::permanent(FailureKind::OutputLimit, reason)
        }
        // A guest whose memory is refused aborts in its own way: a trap, an exit, no instance at all.
        _ if seen.memory_refused => Failure::retryable(
            FailureKind::MemoryLimit,
            format!(
                "the attempt needs more than {} of memory; raise `limits.memory` in the grant",
                limits.memory
            ),
        ),
        other => match &seen.denial {
            Some(denial) => Failure::permanent(FailureKind::Denied, denial.clone()),
            None => Failure::retryable(FailureKind::Trap, trap_text(&other, &seen.stderr_tail)),
        },
    };
    failure.with_detail(with_place(&seen.stderr_tail, &seen))
}

fn timed_out(seen: &Seen<'_>) -> String {
    let timeout = format_duration(seen.timeout);
    let waited = match &seen.waiting_for {
        Some(what) => format!(", waiting for {what}"),
        None => String::new(),
    };
    if seen.timeout < seen.limits.wall {
        return format!("the attempt did not end within the {timeout} that its job or task sets{waited}");
    }
    format!("the attempt did not end within {timeout}{waited}; raise `limits.wall` in the grant")
}

fn trap_text(ending: &Ending, stderr: &str) -> String {
    match ending {
        // What a panic compiles to; its words are on stderr alone.
        Ending::Trapped(Trap::UnreachableCodeReached) => {
            panic::said(stderr).unwrap_or_else(|| "the guest panicked or aborted".to_owned())
        }
        Ending::Trapped(Trap::StackOverflow) => "the guest overflowed its stack".to_owned(),
        Ending::Trapped(trap) => format!("the guest trapped: {trap}"),
        Ending::Exited(code) => format!("the guest exited with code {code} instead of returning a result"),
        Ending::TooManyHandles => format!("the guest holds {HANDLES_MAX} things open in the host"),
        Ending::Broke(reason) => format!("the guest cannot go on: {reason}"),
        other => format!("the guest ended: {other:?}"),
    }
}

#[cfg(test)]
mod tests;
