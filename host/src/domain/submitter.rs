//! The submitter of a job.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Digest;
use super::claim::KeyDigest;

/// The owner of a job or an order: a token, by its name. A new token of the same name owns the submissions of the old
/// one.
///
/// The default is no token, of submissions to a host without tokens, or by the host itself. They are foreign to every
/// token that the host gets later.
#[derive(Clone, PartialEq, Eq, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Submitter(Option<Arc<str>>);

impl Submitter {
    /// The token of this name.
    pub fn token(name: &str) -> Self {
        Self(Some(name.into()))
    }

    /// A digest of the name of the token, if it is one, by which claims distinguish callers.
    pub fn digest(&self) -> Option<KeyDigest> {
        Some(Digest::of(self.name()?.as_bytes()).half())
    }

    /// The name of the token, if it is one.
    pub fn name(&self) -> Option<&str> {
        self.0.as_deref()
    }
}
