//! What can keep an answer from arriving.

use std::fmt;

use wasip2::http::types::ErrorCode;

use crate::TaskError;

/// What kept an answer from arriving.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The request is not one that can be sent: its address, a header, its size.
    Invalid(String),
    /// The plugin's grant does not allow this request.
    Denied(String),
    /// No connection came about: the name, the network, the server or the encryption.
    Connect(String),
    /// The time for connecting or for the answer ran out. The server may have done what it was asked.
    Timeout(String),
    /// The connection broke before the answer was whole. The server may have done what it was asked.
    Broken(String),
    /// The answer is larger than the plugin may receive.
    TooLarge(String),
}

impl Error {
    /// Whether the same request may succeed later.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Connect(_) | Self::Timeout(_) | Self::Broken(_) => true,
            Self::Invalid(_) | Self::Denied(_) | Self::TooLarge(_) => false,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, detail) = match self {
            Self::Invalid(detail) => ("the request cannot be sent", detail),
            Self::Denied(detail) => ("the plugin's grant does not allow this request", detail),
            Self::Connect(detail) => ("no connection", detail),
            Self::Timeout(detail) => ("no answer in time", detail),
            Self::Broken(detail) => ("the connection broke", detail),
            Self::TooLarge(detail) => ("the answer is too large", detail),
        };
        write!(f, "{what}: {detail}")
    }
}

impl std::error::Error for Error {}

impl From<Error> for TaskError {
    fn from(error: Error) -> Self {
        if error.is_retryable() { Self::retryable(error) } else { Self::permanent(error) }
    }
}

impl From<ErrorCode> for Error {
    fn from(code: ErrorCode) -> Self {
        use ErrorCode as Code;
        let detail = describe(&code);
        match code {
            Code::HttpRequestDenied | Code::DestinationIpProhibited => Self::Denied(detail),
            Code::DnsTimeout
            | Code::ConnectionTimeout
            | Code::ConnectionReadTimeout
            | Code::ConnectionWriteTimeout
            | Code::HttpResponseTimeout => Self::Timeout(detail),
            Code::DnsError(_)
            | Code::DestinationNotFound
            | Code::DestinationUnavailable
            | Code::DestinationIpUnroutable
            | Code::ConnectionRefused
            | Code::ConnectionLimitReached
            | Code::TlsProtocolError
            | Code::TlsCertificateError
            | Code::TlsAlertReceived(_) => Self::Connect(detail),
            Code::HttpRequestLengthRequired
            | Code::HttpRequestBodySize(_)
            | Code::HttpRequestMethodInvalid
            | Code::HttpRequestUriInvalid
            | Code::HttpRequestUriTooLong
            | Code::HttpRequestHeaderSectionSize(_)
            | Code::HttpRequestHeaderSize(_)
            | Code::HttpRequestTrailerSectionSize(_)
            | Code::HttpRequestTrailerSize(_) => Self::Invalid(detail),
            Code::HttpResponseHeaderSectionSize(_)
            | Code::HttpResponseHeaderSize(_)
            | Code::HttpResponseBodySize(_)
            | Code::HttpResponseTrailerSectionSize(_)
            | Code::HttpResponseTrailerSize(_) => Self::TooLarge(detail),
            // What is left says nothing about the request itself, so another attempt is worth it.
            _ => Self::Broken(detail),
        }
    }
}

/// The host's own words where it has some; else the name of the code, which says it well enough.
fn describe(code: &ErrorCode) -> String {
    match code {
        ErrorCode::InternalError(Some(detail)) => detail.clone(),
        code => format!("{code:?}").replace("ErrorCode::", ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn denied_timeout_and_connect_are_told_apart() {
        assert!(matches!(ErrorCode::HttpRequestDenied.into(), Error::Denied(_)));
        assert!(matches!(ErrorCode::DestinationIpProhibited.into(), Error::Denied(_)));
        assert!(matches!(ErrorCode::ConnectionTimeout.into(), Error::Timeout(_)));
        assert!(matches!(ErrorCode::HttpResponseTimeout.into(), Error::Timeout(_)));
        assert!(matches!(ErrorCode::ConnectionRefused.into(), Error::Connect(_)));
        assert!(matches!(ErrorCode::ConnectionTerminated.into(), Error::Broken(_)));
        assert!(matches!(ErrorCode::HttpResponseBodySize(None).into(), Error::TooLarge(_)));
    }

    #[test]
    fn only_what_may_pass_is_tried_again() {
        let denied = Error::from(ErrorCode::HttpRequestDenied);
        assert!(matches!(denied.into(), TaskError::Permanent(_)));
        let refused = Error::from(ErrorCode::ConnectionRefused);
        assert!(matches!(refused.into(), TaskError::Retryable(_)));
    }

    #[test]
    fn the_hosts_own_words_are_kept() {
        let error = Error::from(ErrorCode::InternalError(Some("the cable is cut".into())));
        assert_eq!(error.to_string(), "the connection broke: the cable is cut");
    }
}
