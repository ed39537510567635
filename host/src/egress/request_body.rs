//! The guest's body as one that reqwest takes.

use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};

use crate::ports::{Body, BodyError};

/// A body that may be shared between threads, as reqwest demands, though only one ever polls it. The lock
/// proves that to the compiler; it is never contended, because polling goes through `&mut`.
pub(super) struct RequestBody {
    body: Mutex<Body>,
    /// Told once, up front: with a known length the request is not sent in chunks, which some servers refuse.
    size: SizeHint,
    empty: bool,
}

impl RequestBody {
    pub(super) fn new(body: Body) -> Self {
        let (size, empty) = (body.size_hint(), body.is_end_stream());
        Self { body: Mutex::new(body), size, empty }
    }

    /// Whether there is nothing to send.
    pub(super) fn is_empty(&self) -> bool {
        self.empty
    }
}

impl HttpBody for RequestBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let body = self.body.get_mut().unwrap_or_else(PoisonError::into_inner);
        Pin::new(body).poll_frame(context)
    }

    fn size_hint(&self) -> SizeHint {
        self.size
    }
}
