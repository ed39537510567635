//! News within one process. Topics that nobody watches cost one look into a map.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard};

use async_trait::async_trait;
use tokio::sync::{Notify, broadcast};

use crate::ports::{Event, EventStream, Events, Topic};

/// How many events a slow watcher may fall behind before it has to read storage again.
const BACKLOG: usize = 64;

/// The news of this process.
#[derive(Default)]
pub struct LocalEvents {
    topics: Mutex<HashMap<Topic, broadcast::Sender<Event>>>,
    due: Notify,
}

impl LocalEvents {
    fn topics(&self) -> MutexGuard<'_, HashMap<Topic, broadcast::Sender<Event>>> {
        self.topics.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

/// Where an event is told.
fn topics_of(event: &Event) -> [Option<Topic>; 2] {
    match event {
        Event::Job(job) => [Some(Topic::Job(job.spec.id)), None],
        Event::Order(order) => [Some(Topic::Order(order.id)), Some(Topic::Orders)],
        Event::Progress(job, _) | Event::Log { job, .. } => [Some(Topic::Job(*job)), None],
    }
}

#[async_trait]
impl Events for LocalEvents {
    fn publish(&self, event: Event) {
        let mut topics = self.topics();
        for topic in topics_of(&event).into_iter().flatten() {
            let gone = topics.get(&topic).is_some_and(|sender| sender.send(event.clone()).is_err());
            if gone {
                topics.remove(&topic);
            }
        }
    }

    fn subscribe(&self, topic: Topic) -> EventStream {
        let mut topics = self.topics();
        topics.entry(topic).or_insert_with(|| broadcast::channel(BACKLOG).0).subscribe()
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

    fn progress(job: JobId) -> Event {
        Event::Progress(job, Progress { done: 1, total: 2, message: String::new(), at: Timestamp::default() })
    }

    #[test]
    fn only_watchers_of_the_topic_hear_of_it_and_forgotten_topics_are_dropped() {
        let (events, here, there) =
            (LocalEvents::default(), JobId::from_bytes([1; 16]), JobId::from_bytes([2; 16]));
        let mut watcher = events.subscribe(Topic::Job(here));
        events.publish(progress(there));
        assert!(watcher.try_recv().is_err());
        events.publish(progress(here));
        assert!(matches!(watcher.try_recv(), Ok(Event::Progress(job, _)) if job == here));
        drop(watcher);
        events.publish(progress(here));
        assert!(events.topics().is_empty());
    }
}
