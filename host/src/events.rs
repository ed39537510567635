//! News within one process. Topics that nobody watches cost one look into a map.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use tokio::sync::{Notify, broadcast};

use crate::ports::{Event, EventStream, Events, Topic};

/// How many events a slow watcher may fall behind before it has to read storage again.
const BACKLOG: usize = 64;

/// How many topics there are before the first sweep.
const SWEEP_FROM: usize = 64;

/// The news of this process.
#[derive(Default)]
pub struct LocalEvents {
    topics: Mutex<Topics>,
    due: Notify,
}

/// Who watches what. A watcher goes without a word, and the last event of a job is often told while it
/// still listens; so topics are swept whenever their number has doubled.
#[derive(Default)]
struct Topics {
    senders: HashMap<Topic, broadcast::Sender<Event>>,
    after_sweep: usize,
}

impl Topics {
    fn subscribe(&mut self, topic: Topic) -> EventStream {
        if self.senders.len() >= SWEEP_FROM.max(2 * self.after_sweep) {
            self.senders.retain(|_, sender| sender.receiver_count() > 0);
            self.after_sweep = self.senders.len();
        }
        self.senders.entry(topic).or_insert_with(|| broadcast::channel(BACKLOG).0).subscribe()
    }

    fn publish(&mut self, topic: Topic, event: Event) {
        let nobody_hears = self.senders.get(&topic).is_some_and(|sender| sender.send(event).is_err());
        if nobody_hears {
            self.senders.remove(&topic);
        }
    }
}

impl LocalEvents {
    fn topics(&self) -> MutexGuard<'_, Topics> {
        self.topics.lock().unwrap_or_else(PoisonError::into_inner)
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
            if topics.senders.contains_key(&topic) {
                topics.publish(topic, event.clone());
            }
        }
    }

    fn is_watched(&self, topic: Topic) -> bool {
        self.topics().senders.contains_key(&topic)
    }

    fn subscribe(&self, topic: Topic) -> EventStream {
        self.topics().subscribe(topic)
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
    use crate::domain::{IdGenerator, JobId, Progress, Timestamp};

    fn progress(job: JobId) -> Event {
        Event::Progress(job, Progress { done: 1, total: 2, message: String::new(), at: Timestamp::default() })
    }

    #[test]
    fn only_watchers_of_the_topic_hear_of_it() {
        let (events, here, there) =
            (LocalEvents::default(), JobId::from_bytes([1; 16]), JobId::from_bytes([2; 16]));
        let mut watcher = events.subscribe(Topic::Job(here));
        assert!(events.is_watched(Topic::Job(here)) && !events.is_watched(Topic::Job(there)));
        events.publish(progress(there));
        assert!(watcher.try_recv().is_err());
        events.publish(progress(here));
        assert!(matches!(watcher.try_recv(), Ok(Event::Progress(job, _)) if job == here));
    }

    #[test]
    fn watchers_that_went_without_a_word_leave_nothing_behind() {
        let (events, ids) = (LocalEvents::default(), IdGenerator::new());
        let _stays = events.subscribe(Topic::Orders);
        for _ in 0..10_000 {
            events.subscribe(Topic::Job(ids.next(Timestamp::default())));
        }
        assert!(events.topics().senders.len() <= SWEEP_FROM);
    }
}
