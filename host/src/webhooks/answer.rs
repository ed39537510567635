//! What a receiver's answer means.

use std::time::{Duration, UNIX_EPOCH};

use http::header::RETRY_AFTER;
use http::{HeaderMap, StatusCode};

use crate::domain::{Failure, FailureKind, JobId, Retry, Timestamp};
use crate::ports::EgressError;

/// Any 2xx is success. 410 means that the receiver is gone; everything else is tried again, when the
/// receiver says so if it is overloaded.
pub(super) fn judge(status: StatusCode, headers: &HeaderMap, now: Timestamp) -> Result<StatusCode, Failure> {
    let message = format!("the receiver answered {status}");
    match status {
        _ if status.is_success() => Ok(status),
        StatusCode::GONE => Err(Failure::permanent(FailureKind::Permanent, message)),
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
            let retry = retry_after(headers, now).map_or(Retry::Backoff, Retry::After);
            Err(Failure { retry, ..Failure::retryable(FailureKind::Failed, message) })
        }
        _ => Err(Failure::retryable(FailureKind::Failed, message)),
    }
}

/// The time that `Retry-After` asks for: seconds, however many, or a date in any of HTTP's three forms (RFC
/// 9110, 10.2.3 and 5.6.7).
fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let date = httpdate::parse_http_date(value).ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(date.saturating_sub(Duration::from_millis(now.as_millis())))
}

/// What a grant does not allow it will not allow at the next attempt either.
pub(super) fn denied(message: impl Into<String>) -> Failure {
    Failure::permanent(FailureKind::Denied, message)
}

/// Why nothing was sent. A denial of the guard names the address behind a name that the submitter chose: that
/// is for the operator alone.
pub(super) fn unsent(webhook: JobId, error: &EgressError) -> Failure {
    let message = error.to_string();
    match error {
        EgressError::Denied(reason) => {
            tracing::warn!(job = %webhook, reason, "a webhook may not be sent");
            denied(
                "this host may not send to the receiver's address; its operator finds the reason in its log",
            )
        }
        EgressError::Invalid(_) | EgressError::UnfitSecret(_) => {
            Failure::permanent(FailureKind::Permanent, message)
        }
        _ => Failure::retryable(FailureKind::Failed, message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(784_111_777_000);

    fn retry(status: u16, retry_after: Option<&str>) -> Result<StatusCode, Retry> {
        let mut headers = HeaderMap::new();
        headers.extend(retry_after.map(|value| (RETRY_AFTER, value.parse().unwrap())));
        judge(StatusCode::from_u16(status).unwrap(), &headers, NOW).map_err(|failure| failure.retry)
    }

    #[test]
    fn the_status_says_what_follows() {
        assert_eq!(retry(204, None), Ok(StatusCode::NO_CONTENT));
        assert_eq!(retry(410, None), Err(Retry::Never));
        for status in [301, 400, 404, 500, 502, 503] {
            assert_eq!(retry(status, None), Err(Retry::Backoff), "{status}");
        }
        assert_eq!(retry(500, Some("9")), Err(Retry::Backoff));
    }

    #[test]
    fn an_overloaded_receiver_says_when_to_come_back() {
        let after = |seconds| Err(Retry::After(Duration::from_secs(seconds)));
        assert_eq!(retry(429, Some("9")), after(9));
        for date in
            ["Sun, 06 Nov 1994 08:50:37 GMT", "Sunday, 06-Nov-94 08:50:37 GMT", "Sun Nov  6 08:50:37 1994"]
        {
            assert_eq!(retry(503, Some(date)), after(60), "{date}");
        }
        assert_eq!(retry(503, Some("18446744073709551616")), after(u64::MAX));
        assert_eq!(retry(503, Some("Sun, 06 Nov 1994 08:00:00 GMT")), after(0));
        assert_eq!(retry(503, Some("soon")), Err(Retry::Backoff));
    }

    #[test]
    fn a_denial_is_final_and_an_outage_is_not() {
        let unsent = |error| unsent(JobId::from_bytes([1; 16]), &error);
        let denied = unsent(EgressError::Denied("shop.example at 10.0.0.1".to_owned()));
        assert!(!denied.message.contains("10.0.0.1"), "{}", denied.message);
        assert_eq!((denied.kind, denied.retry), (FailureKind::Denied, Retry::Never));
        assert_eq!(unsent(EgressError::Connect("no".to_owned())).retry, Retry::Backoff);
    }
}
