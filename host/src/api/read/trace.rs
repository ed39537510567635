//! The `traceparent` header (W3C Trace Context): the trace that a request belongs to.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::HeaderMap;
use axum::http::request::Parts;

use crate::domain::TraceParent;

/// The trace of the request. A header that is malformed or given twice begins no trace, as the standard says.
pub(in crate::api) struct TraceHeader(pub(in crate::api) Option<TraceParent>);

impl<S: Send + Sync> FromRequestParts<S> for TraceHeader {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self(trace_of(&parts.headers)))
    }
}

/// The trace of a request with these headers.
pub(in crate::api) fn trace_of(headers: &HeaderMap) -> Option<TraceParent> {
    let mut given = headers.get_all("traceparent").iter();
    let (first, second) = (given.next(), given.next());
    let text = first.filter(|_| second.is_none()).and_then(|value| value.to_str().ok());
    text.and_then(|text| text.trim().parse().ok())
}
