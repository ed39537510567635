//! Responses.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use serde::de::DeserializeOwned;

use crate::TaskError;

/// The most of a response that an error quotes, in characters.
const EXCERPT_LENGTH_MAX: usize = 200;

/// A complete response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
    received: SystemTime,
}

impl Response {
    /// A response with these parts, which came at the beginning of 1970: for tests of the code that handles responses.
    pub fn new(status: u16, headers: Vec<(String, Vec<u8>)>, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers, body: body.into(), received: SystemTime::UNIX_EPOCH }
    }

    pub(crate) fn received(self, received: SystemTime) -> Self {
        Self { received, ..self }
    }

    /// The status code, such as 200.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The headers with their values, in the order of the response.
    pub fn headers(&self) -> &[(String, Vec<u8>)] {
        &self.headers
    }

    /// The first header of this name, in any letter case, if its value is text.
    pub fn header(&self, name: &str) -> Option<&str> {
        find(&self.headers, name)
    }

    /// The body.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The body as text; bytes that are not UTF-8 are replaced by U+FFFD.
    pub fn text(&self) -> Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }

    /// The body, parsed as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_slice(&self.body)
    }

    /// The response if its status is 2xx, else the error that ends the attempt: 408, 425, 429 and 5xx are retried, after the
    /// delay that the server requests; another attempt would get any other status again.
    ///
    /// ```
    /// # use taskbox_task::TaskError;
    /// # use taskbox_task::http::Response;
    /// let busy = Response::new(503, vec![("retry-after".into(), "7".into())], "");
    /// assert!(matches!(busy.error_for_status(), Err(TaskError::RetryAfter { .. })));
    /// let missing = Response::new(404, Vec::new(), "no such user");
    /// assert_eq!(missing.error_for_status(), Err(TaskError::permanent("status 404: no such user")));
    /// ```
    pub fn error_for_status(self) -> Result<Self, TaskError> {
        let excerpt: String = self.text().trim().chars().take(EXCERPT_LENGTH_MAX).collect();
        let message = match excerpt.as_str() {
            "" => format!("status {}", self.status),
            excerpt => format!("status {}: {excerpt}", self.status),
        };
        match (self.status, self.retry_after()) {
            (200..=299, _) => Ok(self),
            (408 | 425 | 429 | 500..=599, Some(delay)) => Err(TaskError::retry_after(delay, message)),
            (408 | 425 | 429 | 500..=599, None) => Err(TaskError::retryable(message)),
            _ => Err(TaskError::permanent(message)),
        }
    }

    /// The delay that the server requests (`Retry-After`), counted from the time when the response came.
    ///
    /// It is a number of seconds or a date in any of the three forms of HTTP (RFC 9110, 5.6.7). A date in the past is a
    /// delay of zero; a number beyond `u64` is the longest delay; an invalid header is `None`.
    pub fn retry_after(&self) -> Option<Duration> {
        let value = self.header("retry-after")?.trim();
        if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
            return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
        }
        let until = httpdate::parse_http_date(value).ok()?;
        Some(until.duration_since(self.received).unwrap_or_default())
    }
}

/// The first header of this name, in any letter case, if its value is text.
pub(super) fn find<'a>(headers: &'a [(String, Vec<u8>)], name: &str) -> Option<&'a str> {
    let same = |(other, _): &&(String, _)| other.eq_ignore_ascii_case(name);
    let (_, value) = headers.iter().find(same)?;
    std::str::from_utf8(value).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(name: &str, value: &str) -> Response {
        Response::new(429, vec![(name.to_owned(), value.into())], "{}")
    }

    fn wait(value: &str) -> Option<Duration> {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777 - 30);
        answer("Retry-After", value).received(now).retry_after()
    }

    #[test]
    fn a_header_is_found_in_any_case() {
        assert_eq!(answer("Content-Type", "a/b").header("content-type"), Some("a/b"));
        assert_eq!(answer("Content-Type", "a/b").header("location"), None);
    }

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        assert_eq!(wait("7"), Some(Duration::from_secs(7)));
        for date in
            ["Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994"]
        {
            assert_eq!(wait(date), Some(Duration::from_secs(30)), "{date}");
        }
    }

    #[test]
    fn a_number_of_any_length_is_never_read_as_a_shorter_wait() {
        assert_eq!(wait("18446744073709551615"), Some(Duration::from_secs(u64::MAX)));
        assert_eq!(wait("18446744073709551616"), Some(Duration::from_secs(u64::MAX)));
        assert_eq!(wait(&"9".repeat(1_000)), Some(Duration::from_secs(u64::MAX)));
    }

    #[test]
    fn a_date_that_has_passed_is_no_wait() {
        assert_eq!(wait("Sun, 06 Nov 1994 08:00:00 GMT"), Some(Duration::ZERO));
    }

    #[test]
    fn a_retry_after_without_sense_is_none() {
        for value in ["", "soon", "-1", "+1", "1.5", "Sun, 32 Nov 1994 08:49:37 GMT"] {
            assert_eq!(wait(value), None, "{value:?}");
        }
    }
}
