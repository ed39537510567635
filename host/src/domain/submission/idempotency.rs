//! Requests that are sent again under their idempotency key.

use crate::domain::{Digest, Timestamp};

/// An idempotency key was used for another request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyReused;

/// Whether a request with this fingerprint is the one that is known under its key, by the fingerprint that is stored
/// with the key and the end of its time.
pub fn is_repeated(
    stored: Option<(&Digest, Timestamp)>,
    fingerprint: &Digest,
    now: Timestamp,
) -> Result<bool, KeyReused> {
    match stored {
        Some((known, expires_at)) if expires_at > now => {
            if known == fingerprint {
                Ok(true)
            } else {
                Err(KeyReused)
            }
        }
        _ => Ok(false),
    }
}
