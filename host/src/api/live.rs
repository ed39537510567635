//! Streams of server-sent events.

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
use crate::domain::closed_set;
use crate::ports::{Bookmark, Clock, EventId, EventStream, Topic};
use crate::watching::LOOK_EVERY;

/// The period of keep-alive comments; proxies close streams that are silent for 30 to 60 seconds.
const KEEP_ALIVE_EVERY: Duration = Duration::from_secs(15);

/// An id that no event has.
const UNKNOWN: Bookmark = Bookmark::at(EventId { feed: 0, number: u64::MAX });

/// A watch of one topic until the host stops.
pub(super) struct Watcher {
    stream: Box<dyn EventStream>,
    clock: Arc<dyn Clock>,
    stopping: CancellationToken,
}

impl Watcher {
    /// Watches from now on. Read storage after this, not before, so that no change is missed between the two.
    pub(super) fn new(api: &Api, topic: Topic) -> Self {
        let (stream, clock) = (api.events.subscribe(topic), Arc::clone(&api.clock));
        Self { stream, clock, stopping: api.stopping.clone() }
    }

    /// Returns when something has changed, or may have: then read storage. `None` when the host stops.
    pub(super) async fn next(&mut self) -> Option<()> {
        let look_at = self.clock.now().plus(LOOK_EVERY);
        tokio::select! {
            biased;
            () = self.stopping.cancelled() => None,
            _ = self.stream.next() => Some(()),
            () = self.clock.sleep_until(look_at) => Some(()),
        }
    }

    /// Drops pending events, for a watcher that is about to read storage.
    pub(super) fn drain(&mut self) {
        while self.stream.try_next().is_some() {}
    }
}

/// The header `Last-Event-ID`, with which a client resumes a stream.
pub(super) struct LastEventId(pub(super) Option<Bookmark>);

impl<S: Send + Sync> FromRequestParts<S> for LastEventId {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        let given = parts.headers.get("last-event-id").filter(|value| !value.is_empty());
        // A foreign id is treated like one that is no longer known.
        Ok(Self(given.map(|value| value.to_str().ok().and_then(|text| text.parse().ok()).unwrap_or(UNKNOWN))))
    }
}

/// An item of a stream. An error ends the stream: no event is dropped silently.
pub(super) type Sent = Result<SseEvent, axum::Error>;

/// A stream of server-sent events, with keep-alive comments and without buffering by proxies.
pub(super) fn stream(events: impl Stream<Item = Sent> + Send + 'static) -> Response {
    let keep_alive = KeepAlive::new().interval(KEEP_ALIVE_EVERY);
    let mut response = Sse::new(events).keep_alive(keep_alive).into_response();
    let unbuffered = HeaderValue::from_static("no");
    response.headers_mut().insert(HeaderName::from_static("x-accel-buffering"), unbuffered);
    response
}

/// The response to a client that reconnects and has all events: a browser does not reconnect after it.
pub(super) fn nothing_more() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

closed_set! {
    /// The name of an event in a stream of the API.
    pub enum StreamEventName {
        /// The state of a job.
        State = "state",
        /// Progress of an attempt.
        Progress = "progress",
        /// A line that an attempt printed.
        Log = "log",
        /// The state of an order.
        Order = "order",
        /// A number of missing events.
        Gap = "gap",
    }
}

/// An event of this name with a JSON value. Without an id, the client keeps its last one.
pub(super) fn json_event(name: StreamEventName, id: Option<Bookmark>, value: &impl serde::Serialize) -> Sent {
    let event = SseEvent::default().event(name.as_str()).json_data(value)?;
    Ok(match id {
        Some(id) => event.id(id.to_string()),
        None => event,
    })
}
