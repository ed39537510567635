//! What is the same for every third party: which failures may pass, and how long to stay away.

use std::time::SystemTime;

use taskbox_task::http::{self, Response};
use taskbox_task::{TaskError, config};

/// How much of an unexpected answer is quoted in an error.
const QUOTE_LENGTH_MAX: usize = 200;

/// Sends a request to a third party. A failure is told with its name.
pub fn ask(who: &str, request: http::Request) -> Result<Response, TaskError> {
    request.send().map_err(|error| {
        if error.is_retryable() {
            TaskError::retryable(format!("{who} did not answer: {error}"))
        } else {
            TaskError::permanent(format!("nothing was sent to {who}: {error}"))
        }
    })
}

/// The address of a resource below the base address that the operator configured.
pub fn address(base: &str, path: &str) -> Result<String, TaskError> {
    let base = config::require(base)?;
    Ok(format!("{}/{path}", base.trim_end_matches('/')))
}

/// The error of an answer that may be another one later, or `None` for an answer that is here to stay.
///
/// 409 belongs here because it says that an earlier attempt's request with this idempotency key is still
/// being worked on: only the third party knows how it ended, and it tells whoever asks again.
pub fn temporary_failure(who: &str, response: &Response, now: SystemTime) -> Option<TaskError> {
    let why = match response.status() {
        408 | 425 => "asks to be called again",
        409 => "is still working on an earlier request",
        429 => "is called too often and asks to be left alone for a while",
        500..=599 => "has trouble",
        _ => return None,
    };
    let message = format!("{who} {why} (status {})", response.status());
    Some(match response.retry_after(now) {
        Some(delay) => TaskError::retry_after(delay, message),
        None => TaskError::retryable(message),
    })
}

/// An answer that makes no sense here, quoted.
pub fn not_understood(who: &str, response: &Response, why: impl std::fmt::Display) -> TaskError {
    TaskError::permanent(format!(
        "{who} gave an answer that was not understood ({why}; status {}): {}",
        response.status(),
        quote(&response.text())
    ))
}

/// The begin of a text, on one line.
pub fn quote(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.char_indices().nth(QUOTE_LENGTH_MAX) {
        Some((end, _)) => format!("{}…", &words[..end]),
        None => words,
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    fn failure(status: u16, retry_after: Option<&str>) -> Option<TaskError> {
        let headers = retry_after.map(|value| ("Retry-After".to_owned(), value.into()));
        let response = Response::new(status, headers.into_iter().collect(), "");
        temporary_failure("The partner", &response, UNIX_EPOCH)
    }

    #[test]
    fn what_may_pass_is_tried_again() {
        for status in [408, 409, 425, 429, 500, 502, 503, 504, 599] {
            assert!(matches!(failure(status, None), Some(TaskError::Retryable(_))), "{status}");
        }
    }

    #[test]
    fn what_is_here_to_stay_is_not() {
        for status in [200, 201, 302, 400, 401, 403, 404, 422] {
            assert_eq!(failure(status, Some("1")), None, "{status}");
        }
    }

    #[test]
    fn retry_after_is_obeyed() {
        for (value, seconds) in [("7", 7), ("Thu, 01 Jan 1970 00:01:00 GMT", 60)] {
            let Some(TaskError::RetryAfter { delay, .. }) = failure(429, Some(value)) else {
                panic!("{value:?} was not obeyed");
            };
            assert_eq!(delay, Duration::from_secs(seconds));
        }
    }

    #[test]
    fn a_long_answer_is_quoted_in_part() {
        assert_eq!(quote("a\n  b"), "a b");
        assert_eq!(quote(&"é".repeat(300)).chars().count(), QUOTE_LENGTH_MAX + 1);
    }
}
