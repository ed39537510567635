//! Watching: news as they come, as server-sent events.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::sse::{Event as SseEvent, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::Stream;
use tokio_util::sync::CancellationToken;

use super::Api;
use crate::ports::{Bookmark, Clock, EventId, EventStream, Topic};
use crate::watching::LOOK_EVERY;

/// How often a silent stream says that it lives; proxies close what is silent for 30 to 60 seconds.
const KEEP_ALIVE_EVERY: Duration = Duration::from_secs(15);

/// An id that no event has.
const UNKNOWN: Bookmark = Bookmark::at(EventId { feed: 0, number: u64::MAX });

/// Watches one topic until the host stops.
pub(super) struct Watcher {
    stream: Box<dyn EventStream>,
    clock: Arc<dyn Clock>,
    stopping: CancellationToken,
}

impl Watcher {
    /// Watches from now on. Read storage after this, not before: so nothing falls between the two.
    pub(super) fn new(api: &Api, topic: Topic) -> Self {
        let (stream, clock) = (api.events.subscribe(topic), Arc::clone(&api.clock));
        Self { stream, clock, stopping: api.stopping.clone() }
    }

    /// Returns when something happened, or may have: then storage is read. `None` when the host stops.
    pub(super) async fn next(&mut self) -> Option<()> {
        let look_at = self.clock.now().plus(LOOK_EVERY);
        tokio::select! {
            biased;
            () = self.stopping.cancelled() => None,
            _ = self.stream.next() => Some(()),
            () = self.clock.sleep_until(look_at) => Some(()),
        }
    }

    /// Forgets what was said meanwhile, for a watcher that is about to read storage.
    pub(super) fn drain(&mut self) {
        while self.stream.try_next().is_some() {}
    }
}

/// The header `Last-Event-ID`, with which a client comes back to go on where it was.
pub(super) struct LastEventId(pub(super) Option<Bookmark>);

impl<S: Send + Sync> FromRequestParts<S> for LastEventId {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let given = parts.headers.get("last-event-id").filter(|value| !value.is_empty());
        // An id that is not ours is like one that is no longer known.
        Ok(Self(given.map(|value| value.to_str().ok().and_then(|text| text.parse().ok()).unwrap_or(UNKNOWN))))
    }
}

/// What a stream sends. An error ends it: what cannot be sent is not left out in silence.
pub(super) type Sent = Result<SseEvent, axum::Error>;

/// A stream of server-sent events, kept alive and never buffered on its way.
pub(super) fn stream(events: impl Stream<Item = Sent> + Send + 'static) -> Response {
    let keep_alive = KeepAlive::new().interval(KEEP_ALIVE_EVERY);
    let mut response = Sse::new(events).keep_alive(keep_alive).into_response();
    let unbuffered = HeaderValue::from_static("no");
    response.headers_mut().insert(HeaderName::from_static("x-accel-buffering"), unbuffered);
    response
}

/// The answer to a client that came back and knows everything: a browser that gets it does not come again.
pub(super) fn nothing_more() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

/// An event of this name with a JSON value. One without an id leaves the client's last one as it is.
pub(super) fn json_event(name: &str, id: Option<Bookmark>, value: &impl serde::Serialize) -> Sent {
    let event = SseEvent::default().event(name).json_data(value)?;
    Ok(match id {
        Some(id) => event.id(id.to_string()),
        None => event,
    })
}
