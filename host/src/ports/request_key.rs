//! The submitter's idempotency key, on its way from the border to storage.

use std::time::Duration;

use super::IdempotencyKey;
use crate::domain::{Digest, Timestamp};

/// Time for which a key is kept.
const KEPT_FOR: Duration = Duration::from_secs(24 * 3600);

/// An `Idempotency-Key` as it was sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct RequestKey {
    /// The call, and its caller.
    pub scope: String,
    /// The key, 1 to 255 characters.
    pub key: String,
    /// The digest of the request's meaning.
    pub fingerprint: Digest,
}

impl RequestKey {
    /// The key to store with a request of this time.
    pub fn at(self, now: Timestamp) -> IdempotencyKey {
        let Self { scope, key, fingerprint } = self;
        IdempotencyKey { scope, key, fingerprint, expires_at: now.plus(KEPT_FOR) }
    }
}
