//! How long a request may take, phase by phase.

use std::time::Duration;

/// How long each phase of a request may take. The host enforces it, and may allow less.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// Until the connection stands.
    pub connect: Duration,
    /// From then until the first byte of the answer.
    pub first_byte: Duration,
    /// Between two pieces of the answer's body.
    pub between_bytes: Duration,
}

impl Default for Timeouts {
    /// A connection that takes ten seconds will not come; an answer may take as long as a slow but living
    /// server needs. wasi:http itself would wait ten minutes, longer than most attempts may last.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            first_byte: Duration::from_secs(60),
            between_bytes: Duration::from_secs(60),
        }
    }
}

impl Timeouts {
    /// The same time for every phase.
    pub fn all(timeout: Duration) -> Self {
        Self { connect: timeout, first_byte: timeout, between_bytes: timeout }
    }
}
