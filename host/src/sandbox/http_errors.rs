//! The response to a guest when a request, or the body of its answer, fails: the error codes of wasi:http.
//!
//! The code is all that a guest gets, in any language, so each failure has its own: whether another attempt
//! makes sense is decided by it.

use wasmtime_wasi_http::Error;

use crate::ports::{BodyError, EgressError};

/// What is wrong with the transfer coding of [`BodyError::TooMuchFraming`].
const TINY_PIECES: &str = "chunks that are too small";

/// The code of a request that was not answered.
pub(super) fn request_error(error: EgressError) -> Error {
    match error {
        EgressError::Denied(_) => Error::HttpRequestDenied,
        EgressError::Dns(text) => Error::DnsError { rcode: Some(text), info_code: None },
        EgressError::Connect(_) => Error::ConnectionRefused,
        EgressError::ConnectTimedOut => Error::ConnectionTimeout,
        EgressError::Tls(_) => Error::TlsProtocolError,
        // The guest must assume that the server did what it was asked.
        EgressError::AnswerTimedOut => Error::HttpResponseTimeout,
        EgressError::Invalid(_) => Error::HttpRequestUriInvalid,
        EgressError::UnfitSecret(_) => Error::ConfigurationError,
        EgressError::Broken(_) => Error::ConnectionTerminated,
        EgressError::HeadTooLarge { limit_bytes } => {
            Error::HttpResponseHeaderSectionSize(u32::try_from(limit_bytes).ok())
        }
        EgressError::Encoded(coding) => Error::HttpResponseContentCoding(Some(coding.to_owned())),
    }
}

/// The code of a body that ended before its end.
pub(super) fn body_error(error: &BodyError) -> Error {
    match error {
        BodyError::Broken(_) => Error::ConnectionTerminated,
        BodyError::TimedOut => Error::ConnectionReadTimeout,
        BodyError::TooMuchFraming { .. } => Error::HttpResponseTransferCoding(Some(TINY_PIECES.to_owned())),
        BodyError::TooLarge { limit_bytes } => Error::HttpResponseBodySize(Some(*limit_bytes)),
    }
}
