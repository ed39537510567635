//! One watcher of one topic.

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::watch;

use super::feeds::{Feed, Feeds};
use crate::ports::{EventId, EventStream, Heard, Topic};

/// Reads the events of a topic at its own pace.
pub(super) struct LocalStream {
    feeds: Arc<Feeds>,
    topic: Topic,
    feed: Arc<Feed>,
    latest: watch::Receiver<u64>,
    /// The number of the last event that was read.
    at: u64,
}

impl LocalStream {
    /// A watcher that is registered, and has read up to this number.
    pub(super) fn new(feeds: &Arc<Feeds>, topic: Topic, feed: Arc<Feed>, at: u64) -> Self {
        let latest = feed.latest.subscribe();
        Self { feeds: Arc::clone(feeds), topic, feed, latest, at }
    }
}

#[async_trait]
impl EventStream for LocalStream {
    async fn next(&mut self) -> Heard {
        loop {
            if let Some(heard) = self.try_next() {
                return heard;
            }
            // It never ends, because the feed is held here.
            let _ = self.latest.changed().await;
        }
    }

    fn try_next(&mut self) -> Option<Heard> {
        let (heard, at) = self.feed.ring().after(self.at)?;
        self.at = at;
        Some(heard)
    }

    fn position(&self) -> EventId {
        self.feed.id(self.at)
    }

    fn keep(&mut self) {
        self.feeds.keep(self.topic);
    }
}

impl Drop for LocalStream {
    fn drop(&mut self) {
        self.feeds.leave(self.topic);
    }
}
