//! The handling of responses that all third parties share: transient failures and `Retry-After`.

use taskbox_task::http::{RequestBuilder, Response};
use taskbox_task::{Job, TaskError};

/// The most of an unexpected response that an error quotes.
const QUOTE_LENGTH_MAX: usize = 200;

/// Sends a request to a third party. An error contains its name.
pub fn ask(who: &str, request: RequestBuilder<'_>) -> Result<Response, TaskError> {
    request.send().map_err(|error| {
        if error.is_retryable() {
            TaskError::retryable(format!("{who} did not answer: {error}"))
        } else {
            TaskError::permanent(format!("nothing was sent to {who}: {error}"))
        }
    })
}

/// The URL of a resource below the base URL that the operator configured.
pub fn address(job: &Job, base: &str, path: &str) -> Result<String, TaskError> {
    let base = job.config(base)?;
    Ok(format!("{}/{path}", base.trim_end_matches('/')))
}

/// The error of a transient failure, or `None` for a final response.
///
/// 409 is transient because it means that the request of an earlier attempt with this idempotency key is still in
/// progress: only the third party knows its result, which it returns to a later request.
pub fn temporary_failure(who: &str, response: &Response) -> Option<TaskError> {
    let why = match response.status() {
        408 | 425 => "asks to be called again",
        409 => "is still working on an earlier request",
        429 => "is called too often and asks to be left alone for a while",
        500..=599 => "has trouble",
        _ => return None,
    };
    let message = format!("{who} {why} (status {})", response.status());
    Some(match response.retry_after() {
        Some(delay) => TaskError::retry_after(delay, message),
        None => TaskError::retryable(message),
    })
}

/// The error of an unexpected response, which it quotes.
pub fn not_understood(who: &str, response: &Response, why: impl std::fmt::Display) -> TaskError {
    TaskError::permanent(format!(
        "{who} gave an answer that was not understood ({why}; status {}): {}",
        response.status(),
        quote(&response.text())
    ))
}

/// The beginning of a text, on one line.
pub fn quote(text: &str) -> String {
    let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
    match words.char_indices().nth(QUOTE_LENGTH_MAX) {
        Some((end, _)) => format!("{}…", &words[..end]),
        None => words,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn failure(status: u16, retry_after: Option<&str>) -> Option<TaskError> {
        let headers = retry_after.map(|value| ("Retry-After".to_owned(), value.into()));
        let response = Response::new(status, headers.into_iter().collect(), "");
        temporary_failure("The partner", &response)
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
