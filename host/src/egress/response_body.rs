//! The body of an answer on its way to the guest: not too long, and not too slow.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body as HttpBody, Frame, SizeHint};
use hyper::body::Incoming;
use tokio::time::Sleep;

use super::budget::WireBudget;
use super::failures::body_error;
use crate::domain::ByteSize;
use crate::ports::{Body, BodyError};

/// Where the body of an answer comes from.
pub(super) enum Source {
    Server(Incoming),
    Interceptor(Body),
}

impl HttpBody for Source {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        match &mut *self {
            Self::Server(body) => {
                let frame = ready!(Pin::new(body).poll_frame(context));
                Poll::Ready(frame.map(|frame| frame.map_err(|error| body_error(&error))))
            }
            Self::Interceptor(body) => Pin::new(body).poll_frame(context),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Server(body) => body.is_end_stream(),
            Self::Interceptor(body) => body.is_end_stream(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Server(body) => body.size_hint(),
            Self::Interceptor(body) => body.size_hint(),
        }
    }
}

/// Streams an answer under its limits. After an error nothing more comes, and the connection is not reused.
pub(super) struct ResponseBody {
    body: Source,
    budget: WireBudget,
    limit: ByteSize,
    received_bytes: u64,
    between_bytes: Duration,
    patience: Option<Pin<Box<Sleep>>>,
    over: bool,
}

impl ResponseBody {
    /// Begins after the head, which `budget` has paid for.
    pub(super) fn new(body: Source, budget: WireBudget, limit: ByteSize, between_bytes: Duration) -> Self {
        budget.renew();
        Self { body, budget, limit, received_bytes: 0, between_bytes, patience: None, over: false }
    }

    fn poll_within_limits(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let announced = self.received_bytes.saturating_add(self.body.size_hint().lower());
        if announced > self.limit.0 {
            return Poll::Ready(Some(Err(self.too_large())));
        }
        let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) else {
            return self.poll_patience(context).map(|()| Some(Err(BodyError::TimedOut)));
        };
        self.patience = None;
        if let Some(Ok(frame)) = &frame {
            let length = frame.data_ref().map_or(0, Bytes::len);
            self.budget.deliver(length);
            self.received_bytes = self.received_bytes.saturating_add(length as u64);
            if self.received_bytes > self.limit.0 {
                return Poll::Ready(Some(Err(self.too_large())));
            }
        }
        Poll::Ready(frame)
    }

    /// Ready when nothing came for too long. The wait begins when the guest asks, not when it last read: a
    /// guest that takes its time must not get the error of a slow server.
    fn poll_patience(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let between_bytes = self.between_bytes;
        let patience = self.patience.get_or_insert_with(|| Box::pin(tokio::time::sleep(between_bytes)));
        patience.as_mut().poll(context)
    }

    fn too_large(&self) -> BodyError {
        BodyError::TooLarge { limit_bytes: self.limit.0 }
    }
}

impl Drop for ResponseBody {
    /// The connection may serve another request now.
    fn drop(&mut self) {
        self.budget.renew();
    }
}

impl HttpBody for ResponseBody {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        if self.over {
            return Poll::Ready(None);
        }
        let frame = ready!(self.poll_within_limits(context));
        self.over = !matches!(frame, Some(Ok(_)));
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.over || self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
