//! What can keep an answer from arriving.

use std::fmt;

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
    /// The answer is encoded in a way that keeps the host from passing it on.
    Unreadable(String),
}

impl Error {
    /// Whether the same request may succeed later.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Connect(_) | Self::Timeout(_) | Self::Broken(_) => true,
            Self::Invalid(_) | Self::Denied(_) | Self::TooLarge(_) | Self::Unreadable(_) => false,
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
            Self::Unreadable(detail) => ("the answer cannot be read", detail),
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
