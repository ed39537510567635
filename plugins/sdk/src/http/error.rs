//! Errors of requests.

use std::fmt;

use crate::TaskError;

/// The reason why there is no response.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The request cannot be sent because of its URL, a header, or its size.
    Invalid(String),
    /// The plugin's grant does not allow this request.
    Denied(String),
    /// There was no connection, because of the name, the network, the server or the encryption.
    Connect(String),
    /// The time for the connection or for the response ran out. The server may have handled the request.
    Timeout(String),
    /// The connection broke before the response was complete. The server may have handled the request.
    Broken(String),
    /// The response is larger than the plugin may receive.
    TooLarge(String),
    /// The response has an encoding with which the host cannot pass it on.
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
