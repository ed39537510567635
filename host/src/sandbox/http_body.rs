//! Bodies on their way between a guest and the egress.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use wasmtime_wasi_http::WasiBody;

use crate::ports::BodyError;

/// Whether an attempt is over. The attempt owns it, and signals its end by dropping it.
///
/// A guest that is gone, at its deadline or by a trap, leaves its bodies unfinished. wasi-http reports
/// them as ended all the same, and a server would take the half that it got for the whole.
pub(super) struct AttemptOver(Arc<AtomicBool>);

impl AttemptOver {
    pub(super) fn not_yet() -> Self {
        Self(Arc::default())
    }

    /// The signal of the end.
    pub(super) fn flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.0)
    }
}

impl Drop for AttemptOver {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

/// The body of a request, which is read to its end even when it is unwanted.
///
/// A guest that is refused, or answered early, may still be writing. Its writes would fail, and many
/// HTTP clients then report a broken pipe instead of the answer that says what is wrong. So when the
/// body is let go before its end, a task takes what still comes. That task ends with the attempt,
/// because the attempt owns the other end.
pub(super) struct Drained {
    body: Option<WasiBody>,
    attempt_over: Arc<AtomicBool>,
}

impl Drained {
    pub(super) fn new(body: WasiBody, attempt_over: Arc<AtomicBool>) -> Self {
        Self { body: Some(body), attempt_over }
    }
}

impl Body for Drained {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let frame = ready!(Pin::new(body).poll_frame(context));
        if !matches!(frame, Some(Ok(_))) {
            self.body = None;
        }
        match frame {
            // Of a body that was finished just before, only a tail that was not taken is lost.
            None if self.attempt_over.load(Ordering::Acquire) => {
                let left = "the attempt ended before its request was sent".to_owned();
                Poll::Ready(Some(Err(BodyError::Broken(left))))
            }
            frame => {
                Poll::Ready(frame.map(|frame| frame.map_err(|error| BodyError::Broken(error.to_string()))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

impl Drop for Drained {
    fn drop(&mut self) {
        let Some(mut body) = self.body.take().filter(|body| !body.is_end_stream()) else { return };
        // Outside of a runtime the host is going down, and so is the guest.
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move { while let Some(Ok(_)) = body.frame().await {} });
        }
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::atomic::AtomicUsize;

    use futures::stream;
    use http_body_util::StreamBody;
    use wasmtime_wasi_http::Error;

    use super::*;

    #[tokio::test]
    async fn a_body_that_is_let_go_is_still_read_to_its_end() {
        let read = Arc::new(AtomicUsize::new(0));
        let frames = stream::iter(0..5).map_frames(Arc::clone(&read));
        drop(Drained::new(frames, Arc::default()));
        tokio::task::yield_now().await;
        assert_eq!(read.load(Ordering::SeqCst), 5);
    }

    trait MapFrames {
        fn map_frames(self, read: Arc<AtomicUsize>) -> WasiBody;
    }

    impl<S: futures::Stream<Item = i32> + Send + 'static> MapFrames for S {
        fn map_frames(self, read: Arc<AtomicUsize>) -> WasiBody {
            use futures::StreamExt;
            let frames = self.map(move |_| {
                read.fetch_add(1, Ordering::SeqCst);
                Ok::<_, Infallible>(Frame::data(Bytes::from_static(b"x")))
            });
            StreamBody::new(frames).map_err(Error::from).boxed_unsync()
        }
    }
}
