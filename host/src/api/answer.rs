//! A response that holds memory until its client has read it.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::response::Response;
use http_body::{Frame, SizeHint};

use crate::ports::Share;

/// The same response, which holds as much of the request's memory as it needs itself until it is sent.
pub(super) fn holding(answer: Response, mut share: Arc<Share>) -> Response {
    let size = answer.body().size_hint().exact().unwrap_or_default();
    // The submission has given up its part of it by now.
    if let Some(share) = Arc::get_mut(&mut share) {
        share.keep(size);
    }
    answer.map(|body| Body::new(Holding { body, _share: share }))
}

struct Holding {
    body: Body,
    _share: Arc<Share>,
}

impl HttpBody for Holding {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
