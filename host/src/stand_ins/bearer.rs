//! The key of a caller.

use axum::http::{HeaderMap, header};

/// The bearer token of a request, if it has one.
pub(super) fn token(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}
