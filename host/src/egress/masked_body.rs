//! The body of an answer without the secrets of the plugin that gets it.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame};

use super::mask::{Mask, Masker};
use super::response_body::ResponseBody;
use crate::ports::BodyError;

/// Streams an answer with its secrets hidden, in its data and in its trailers.
pub(super) struct MaskedBody {
    body: ResponseBody,
    mask: Mask,
    masker: Masker,
    /// What comes after the data that was held back.
    last: Option<Frame<Bytes>>,
}

impl MaskedBody {
    pub(super) fn new(body: ResponseBody, mask: Mask) -> Self {
        Self { body, masker: Masker::new(mask.clone()), mask, last: None }
    }

    /// The data that was held back, or what comes after it.
    fn rest(&mut self) -> Option<Frame<Bytes>> {
        let held = self.masker.finish();
        if held.is_empty() { self.last.take() } else { Some(Frame::data(held)) }
    }

    fn hide_in_trailers(&self, frame: Frame<Bytes>) -> Frame<Bytes> {
        match frame.into_trailers() {
            Ok(mut trailers) => {
                self.mask.hide_in(&mut trailers);
                Frame::trailers(trailers)
            }
            Err(frame) => frame,
        }
    }
}

impl HttpBody for MaskedBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        loop {
            if self.last.is_some() {
                return Poll::Ready(self.rest().map(Ok));
            }
            let frame = match ready!(Pin::new(&mut self.body).poll_frame(context)) {
                Some(Ok(frame)) => frame,
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(self.rest().map(Ok)),
            };
            match frame.into_data() {
                Ok(data) => {
                    let given = self.masker.push(&data);
                    if !given.is_empty() {
                        return Poll::Ready(Some(Ok(Frame::data(given))));
                    }
                }
                Err(other) => self.last = Some(self.hide_in_trailers(other)),
            }
        }
    }
}
