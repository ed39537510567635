//! An entry of a mock file, as it is written.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// A request, and what answers it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MockEntry {
    /// The requests that it answers.
    pub request: MockRequest,
    /// The answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub response: Option<MockResponse>,
    /// Milliseconds before the answer.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub delay_ms: u64,
    /// What breaks instead; with a response, what breaks within its body.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<Fault>,
    /// The number of requests that it answers; all when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub times: Option<u32>,
}

/// What a request must have. What is left out may be anything.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MockRequest {
    /// The method.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The whole URL; `*` stands for any text.
    pub url: String,
    /// Headers; `*` stands for any text. Others may be there as well.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// The body. A text is the whole body; of an object, other fields may be there as well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Box<RawValue>>,
}

/// An answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MockResponse {
    /// The status.
    #[serde(default = "ok")]
    pub status: u16,
    /// The headers. JSON bodies have their `content-type` without it.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub headers: BTreeMap<String, String>,
    /// The body: a text as it is, anything else as JSON.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<Box<RawValue>>,
    /// The body of an answer that is no text, in base64.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body_base64: Option<String>,
}

/// What may break.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// No answer comes in time. It is told at once.
    Timeout,
    /// There is no connection in time.
    ConnectionTimeout,
    /// The server refuses the connection.
    ConnectionRefused,
    /// The connection breaks off.
    ConnectionReset,
    /// The name has no address.
    Dns,
    /// No secure connection comes about.
    Tls,
}

impl Fault {
    /// Whether it may come in the middle of a body.
    pub(super) fn is_of_bodies(self) -> bool {
        matches!(self, Self::Timeout | Self::ConnectionReset)
    }
}

fn ok() -> u16 {
    200
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}
