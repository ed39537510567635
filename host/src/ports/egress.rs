//! Outbound HTTP of a plugin: the guarded way out of the host.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};

use crate::domain::egress_policy::placeholder;
use crate::domain::{Grant, PluginName, SecretName};

/// A streamed body, of requests and of responses.
pub type Body = UnsyncBoxBody<Bytes, BodyError>;

/// Why a body ended before its end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    /// The other side, or the way to it, broke off.
    #[error("the body broke off: {0}")]
    Broken(String),
    /// Nothing came for too long.
    #[error("no more of the body arrived in time")]
    TimedOut,
    /// It comes in pieces that are too small, so that most of what is received is not the body.
    #[error("the server sent {limit_bytes} bytes more than the body, in pieces that are too small")]
    TooMuchFraming {
        /// The limit that it passed.
        limit_bytes: u64,
    },
    /// It is longer than the grant allows.
    #[error(
        "the response body is larger than {limit_bytes} bytes; raise `limits.response_bytes` in the grant"
    )]
    TooLarge {
        /// The limit that it passed.
        limit_bytes: u64,
    },
}

/// The value of a secret. It cannot be shown by accident.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretValue(Arc<str>);

impl SecretValue {
    /// Wraps a value.
    pub fn new(value: impl Into<Arc<str>>) -> Self {
        Self(value.into())
    }

    /// The value itself, for the one place that sends it and the one that stores it.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretValue(..)")
    }
}

/// The secrets of an attempt: for each, its placeholder and its value.
pub type PlacedSecrets = BTreeMap<SecretName, (String, SecretValue)>;

/// The secrets that a grant names and that exist, each with a placeholder of this attempt's own, from a new random number.
pub fn place_secrets<'a>(
    grant: &Grant,
    value_of: impl Fn(&SecretName) -> Option<&'a SecretValue>,
    random: impl Fn() -> u128,
) -> PlacedSecrets {
    let names = grant.secrets.iter().map(|rule| &rule.name);
    let existing = names.filter_map(|name| Some((name, value_of(name)?)));
    existing.map(|(name, value)| (name.clone(), (placeholder(name, random()), value.clone()))).collect()
}

/// A body that is there as a whole.
pub fn whole_body(bytes: impl Into<Bytes>) -> Body {
    Full::new(bytes.into()).map_err(|never| match never {}).boxed_unsync()
}

/// The requests that one attempt may send, and the secrets that go with them. Shared by all requests of the attempt.
#[derive(Debug, Clone)]
pub struct EgressPass {
    /// The plugin of these requests, for the text of a denial.
    pub plugin: PluginName,
    /// The plugin's grant as it was when the attempt began.
    pub grant: Arc<Grant>,
    /// For each granted secret that exists: its placeholder and its value.
    pub secrets: Arc<PlacedSecrets>,
}

impl EgressPass {
    /// Whether both are of one attempt. Each has placeholders of its own, which all its passes share.
    pub fn is_of_the_attempt_of(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.secrets, &other.secrets)
    }
}

/// The time that a request may take at each of its steps; the guest chooses, the adapter caps.
#[derive(Debug, Clone, Copy, Default)]
pub struct EgressTimeouts {
    /// Until connected.
    pub connect: Option<Duration>,
    /// Until the first byte of the response.
    pub first_byte: Option<Duration>,
    /// Between two chunks of the response's body.
    pub between_bytes: Option<Duration>,
}

/// Why a request was not answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EgressError {
    /// The grant does not allow it. The text names the line that would.
    #[error("{0}")]
    Denied(String),
    /// The name has no address.
    #[error("the host name could not be resolved: {0}")]
    Dns(String),
    /// No connection.
    #[error("could not connect: {0}")]
    Connect(String),
    /// No secure connection.
    #[error("no secure connection: {0}")]
    Tls(String),
    /// No connection in time.
    #[error("timed out connecting")]
    ConnectTimedOut,
    /// Connected, but no answer in time.
    #[error("timed out waiting for the first byte of the answer")]
    AnswerTimedOut,
    /// The request itself is wrong.
    #[error("not a valid request: {0}")]
    Invalid(String),
    /// The value of this secret cannot be sent in a header.
    #[error("the value of secret {0} has characters, such as a line break, that no header may have")]
    UnfitSecret(SecretName),
    /// The connection broke off.
    #[error("the connection broke off: {0}")]
    Broken(String),
    /// The head of the answer is too large, alone or with the interim answers (1xx) before it.
    #[error("the server sent more than {limit_bytes} bytes before the body of its answer")]
    HeadTooLarge {
        /// The limit that it passed.
        limit_bytes: u64,
    },
    /// The answer of a server that gets a secret is encoded, so that the secret could not be hidden in it. How it
    /// is encoded is said in a word of the host's own: the server's could be the secret.
    #[error(
        "the server sent its answer encoded ({0}) though it was asked for `identity`; an answer of a server that \
         a secret is bound to is passed on only when it can be searched for the secret"
    )]
    Encoded(&'static str),
}

/// Sends a plugin's requests, where its grant allows them.
#[async_trait]
pub trait Egress: Send + Sync {
    /// Sends a request with an absolute URI and answers with the response, redirects not followed.
    async fn send(
        &self,
        pass: &EgressPass,
        request: http::Request<Body>,
        timeouts: EgressTimeouts,
    ) -> Result<http::Response<Body>, EgressError>;
}

/// Stands between an egress and the network: it answers requests in the place of their servers, or lets them pass.
///
/// What it gets has been judged and is what the server would get, secrets included; what it answers goes to the guest under
/// the same limits as the answer of a server.
#[async_trait]
pub trait Interceptor: Send + Sync {
    /// Answers this request, or gives it back to be sent.
    async fn intercept(&self, request: http::Request<Body>) -> Intercepted;
}

/// What became of an intercepted request.
pub enum Intercepted {
    /// It was answered.
    Answered(Result<http::Response<Body>, EgressError>),
    /// It is to be sent.
    Passed(http::Request<Body>),
}
