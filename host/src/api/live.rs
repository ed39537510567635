//! Watching: news as they come, and a look into storage now and then.
//!
//! News are a hint and never the only source: they miss what happened on another host, and a slow
//! watcher loses some.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderName, HeaderValue};
use axum::response::sse::{Event as SseEvent, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::Stream;
use tokio::sync::broadcast::error::{RecvError, TryRecvError};
use tokio_util::sync::CancellationToken;

use super::Api;
use crate::ports::{Clock, Event, EventStream, Topic};

/// How often storage is read without any news.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// How often a silent stream says that it lives; proxies close what is silent for 30 to 60 seconds.
const KEEP_ALIVE_EVERY: Duration = Duration::from_secs(15);

/// What a watcher learns.
pub(super) enum News {
    /// Something happened.
    Event(Event),
    /// Something may have happened: read storage.
    Look,
}

/// Watches one topic until the host stops.
pub(super) struct Watcher {
    news: EventStream,
    clock: Arc<dyn Clock>,
    stopping: CancellationToken,
}

impl Watcher {
    /// Watches from now on. Read storage after this, not before: so nothing falls between the two.
    pub(super) fn new(api: &Api, topic: Topic) -> Self {
        let (clock, stopping) = (Arc::clone(&api.clock), api.stopping.clone());
        Self { news: api.events.subscribe(topic), clock, stopping }
    }

    /// The next news; `None` when the host stops.
    pub(super) async fn next(&mut self) -> Option<News> {
        let look_at = self.clock.now().plus(LOOK_EVERY);
        tokio::select! {
            biased;
            () = self.stopping.cancelled() => None,
            news = hear(&mut self.news) => Some(news),
            () = self.clock.sleep_until(look_at) => Some(News::Look),
        }
    }

    /// Forgets what was said meanwhile, for a watcher that is about to read storage.
    pub(super) fn drain(&mut self) {
        while let Ok(_) | Err(TryRecvError::Lagged(_)) = self.news.try_recv() {}
    }
}

async fn hear(news: &mut EventStream) -> News {
    match news.recv().await {
        Ok(event) => News::Event(event),
        Err(RecvError::Lagged(_)) => News::Look,
        // The looks into storage go on.
        Err(RecvError::Closed) => std::future::pending().await,
    }
}

/// A stream of server-sent events, kept alive and never buffered on its way.
pub(super) fn stream(events: impl Stream<Item = SseEvent> + Send + 'static) -> Response {
    let events = futures::StreamExt::map(events, Ok::<_, Infallible>);
    let keep_alive = KeepAlive::new().interval(KEEP_ALIVE_EVERY);
    let mut response = Sse::new(events).keep_alive(keep_alive).into_response();
    let unbuffered = HeaderValue::from_static("no");
    response.headers_mut().insert(HeaderName::from_static("x-accel-buffering"), unbuffered);
    response
}

/// An event of this name with a JSON value.
pub(super) fn json_event(name: &str, value: &impl serde::Serialize) -> SseEvent {
    // Wire types hold texts, numbers and JSON that was checked: there is nothing that cannot be written.
    SseEvent::default().event(name).json_data(value).unwrap_or_default()
}
