//! The timeouts of a request.

use std::time::Duration;

/// The timeout of each phase of a request. The host enforces it, and may allow less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timeouts {
    /// Until the connection is established.
    pub connect: Duration,
    /// From then until the first byte of the response.
    pub first_byte: Duration,
    /// Between two parts of the response's body.
    pub between_bytes: Duration,
}

impl Default for Timeouts {
    /// Ten seconds suffice for any connection; a response may take as long as a slow server needs. wasi:http itself would
    /// wait ten minutes, longer than most attempts may last.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            first_byte: Duration::from_secs(60),
            between_bytes: Duration::from_secs(60),
        }
    }
}

impl Timeouts {
    /// The same timeout for every phase.
    pub fn all(timeout: Duration) -> Self {
        Self { connect: timeout, first_byte: timeout, between_bytes: timeout }
    }

    /// The same, with another timeout until the connection is established.
    pub fn connect(self, timeout: Duration) -> Self {
        Self { connect: timeout, ..self }
    }

    /// The same, with another timeout from then until the first byte of the response.
    pub fn first_byte(self, timeout: Duration) -> Self {
        Self { first_byte: timeout, ..self }
    }

    /// The same, with another timeout between two parts of the response's body.
    pub fn between_bytes(self, timeout: Duration) -> Self {
        Self { between_bytes: timeout, ..self }
    }
}
