//! Events within one process. Publishing to a topic without watchers costs one read of a counter.

mod feeds;
mod ring;
mod stream;

use std::sync::Arc;

use async_trait::async_trait;
use tokio::sync::Notify;

use crate::ports::{Event, EventId, EventStream, Events, Topic};
use feeds::Feeds;
use stream::LocalStream;

/// The events of this process.
#[derive(Default)]
pub struct LocalEvents {
    feeds: Arc<Feeds>,
    due: Notify,
}

#[async_trait]
impl Events for LocalEvents {
    fn publish(&self, event: Event) {
        match &event {
            Event::State(job, _) | Event::Progress(job, _) | Event::Lines(job, _) => {
                self.feeds.publish(Topic::Job(*job), || event);
            }
            Event::Order(order) => {
                self.feeds.publish(Topic::Order(order.id), || event.clone());
                self.feeds.publish(Topic::Orders, || event);
            }
        }
    }

    fn is_watched(&self, topic: Topic) -> bool {
        self.feeds.is_watched(topic)
    }

    fn subscribe(&self, topic: Topic) -> Box<dyn EventStream> {
        let (feed, at) = self.feeds.enter(topic);
        Box::new(LocalStream::new(&self.feeds, topic, feed, at.number))
    }

    fn resume(&self, topic: Topic, after: EventId) -> Option<Box<dyn EventStream>> {
        let feed = self.feeds.enter_after(topic, after)?;
        Some(Box::new(LocalStream::new(&self.feeds, topic, feed, after.number)))
    }

    fn wake(&self) {
        self.due.notify_one();
    }

    async fn woken(&self) {
        self.due.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{JobId, Progress, Timestamp};
    use crate::ports::Heard;

    const HERE: JobId = JobId::from_bytes([1; 16]);
    const THERE: JobId = JobId::from_bytes([2; 16]);

    fn report(events: &LocalEvents, job: JobId, done: u64) {
        let (message, at) = (String::new(), Timestamp::default());
        events.publish(Event::Progress(job, Progress { done, total: 2, message, at }));
    }

    fn done(heard: Option<Heard>) -> Option<u64> {
        heard.map(|heard| match heard {
            Heard::Event(Event::Progress(_, progress)) => progress.done,
            other => panic!("{other:?}"),
        })
    }

    #[test]
    fn only_watchers_of_the_topic_hear_of_it() {
        let events = LocalEvents::default();
        let mut watcher = events.subscribe(Topic::Job(HERE));
        assert!(events.is_watched(Topic::Job(HERE)) && !events.is_watched(Topic::Job(THERE)));
        report(&events, THERE, 1);
        assert!(watcher.try_next().is_none());
        report(&events, HERE, 2);
        assert_eq!(done(watcher.try_next()), Some(2));
        assert!(watcher.try_next().is_none());
    }

    #[tokio::test]
    async fn a_watcher_who_waits_is_woken() {
        let events = LocalEvents::default();
        let mut watcher = events.subscribe(Topic::Job(HERE));
        let (heard, ()) = tokio::join!(watcher.next(), async { report(&events, HERE, 1) });
        assert_eq!(done(Some(heard)), Some(1));
    }

    #[test]
    fn who_comes_back_goes_on_where_he_was_while_that_is_kept() {
        let events = LocalEvents::default();
        let mut first = events.subscribe(Topic::Job(HERE));
        first.keep();
        report(&events, HERE, 1);
        first.try_next();
        let at = first.position();
        drop(first);
        report(&events, HERE, 2);
        let mut again = events.resume(Topic::Job(HERE), at).unwrap();
        assert_eq!(done(again.try_next()), Some(2));
        assert!(events.resume(Topic::Job(THERE), at).is_none());
        assert!(events.resume(Topic::Job(HERE), EventId { number: 9, ..at }).is_none());
        assert!(LocalEvents::default().resume(Topic::Job(HERE), at).is_none(), "another host's id");
    }
}
