//! The watched topics, and the events of each.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

use super::ring::Ring;
use crate::ports::{Event, EventId, Topic};

/// Most bytes of the events of one topic, several times the default limit of an attempt's log.
const FEED_BYTES_MAX: usize = 1 << 20;

/// Most bytes of the events of all topics. Beyond it a topic keeps only its newest event.
const ALL_BYTES_MAX: usize = 64 << 20;

/// Most topics without watchers that are kept for clients that reconnect.
const LEFT_MAX: usize = 1_000;

/// All topics that are watched, or were watched a while ago.
#[derive(Default)]
pub(super) struct Feeds {
    topics: Mutex<Topics>,
    /// The number of topics, to see without the lock that there are none.
    count: AtomicUsize,
    /// Bytes of the events of all topics.
    bytes: Arc<AtomicUsize>,
}

#[derive(Default)]
struct Topics {
    slots: HashMap<Topic, Slot>,
    /// Kept topics without watchers, the longest unwatched first.
    left: BTreeMap<u64, Topic>,
    leaves: u64,
}

struct Slot {
    feed: Arc<Feed>,
    watchers: usize,
    keep: bool,
    /// Its key in `left`.
    left: Option<u64>,
}

/// The events of one topic.
pub(super) struct Feed {
    id: u64,
    ring: Mutex<Ring>,
    /// The number of the latest event, for watchers that wait for it.
    pub(super) latest: watch::Sender<u64>,
    all_bytes: Arc<AtomicUsize>,
}

impl Feeds {
    pub(super) fn is_watched(&self, topic: Topic) -> bool {
        self.count.load(Ordering::SeqCst) > 0 && self.topics().slots.contains_key(&topic)
    }

    pub(super) fn publish(&self, topic: Topic, event: impl FnOnce() -> Event) {
        if self.count.load(Ordering::SeqCst) == 0 {
            return;
        }
        let mut topics = self.topics();
        while self.bytes.load(Ordering::Relaxed) > ALL_BYTES_MAX && self.forget_first_left(&mut topics) {}
        let feed = topics.slots.get(&topic).map(|slot| Arc::clone(&slot.feed));
        drop(topics);
        if let Some(feed) = feed {
            feed.push(event());
        }
    }

    /// Adds a watcher of a topic, from now on.
    pub(super) fn enter(&self, topic: Topic) -> (Arc<Feed>, EventId) {
        let feed = self.enter_in(&mut self.topics(), topic);
        let at = feed.latest();
        (feed, at)
    }

    /// Adds a watcher, if this is an event of the topic's feed.
    pub(super) fn enter_after(&self, topic: Topic, after: EventId) -> Option<Arc<Feed>> {
        let mut topics = self.topics();
        let latest = topics.slots.get(&topic)?.feed.latest();
        let is_known = latest.feed == after.feed && after.number <= latest.number;
        is_known.then(|| self.enter_in(&mut topics, topic))
    }

    fn enter_in(&self, topics: &mut Topics, topic: Topic) -> Arc<Feed> {
        let slot = topics.slots.entry(topic).or_insert_with(|| self.slot());
        slot.watchers += 1;
        if let Some(key) = slot.left.take() {
            topics.left.remove(&key);
        }
        Arc::clone(&slot.feed)
    }

    /// Keeps the topic's events when its last watcher leaves.
    pub(super) fn keep(&self, topic: Topic) {
        if let Some(slot) = self.topics().slots.get_mut(&topic) {
            slot.keep = true;
        }
    }

    /// Removes a watcher.
    pub(super) fn leave(&self, topic: Topic) {
        let mut topics = self.topics();
        let topics = &mut *topics;
        let Some(slot) = topics.slots.get_mut(&topic) else { return };
        slot.watchers -= 1;
        match slot {
            Slot { watchers: 1.., .. } => {}
            Slot { keep: false, .. } => self.forget(topics, topic),
            slot => {
                topics.leaves += 1;
                slot.left = Some(topics.leaves);
                topics.left.insert(topics.leaves, topic);
                if topics.left.len() > LEFT_MAX {
                    self.forget_first_left(topics);
                }
            }
        }
    }

    fn forget_first_left(&self, topics: &mut Topics) -> bool {
        let first = topics.left.pop_first();
        let is_there = first.is_some();
        first.into_iter().for_each(|(_, topic)| self.forget(topics, topic));
        is_there
    }

    fn forget(&self, topics: &mut Topics, topic: Topic) {
        topics.slots.remove(&topic);
        self.count.fetch_sub(1, Ordering::SeqCst);
    }

    fn slot(&self) -> Slot {
        self.count.fetch_add(1, Ordering::SeqCst);
        let feed = Feed {
            id: rand::random(),
            ring: Mutex::default(),
            latest: watch::Sender::new(0),
            all_bytes: Arc::clone(&self.bytes),
        };
        Slot { feed: Arc::new(feed), watchers: 0, keep: false, left: None }
    }

    fn topics(&self) -> MutexGuard<'_, Topics> {
        self.topics.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Feed {
    /// The events, locked while the result is held.
    pub(super) fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The id of the event of this number.
    pub(super) fn id(&self, number: u64) -> EventId {
        EventId { feed: self.id, number }
    }

    fn latest(&self) -> EventId {
        self.id(self.ring().latest())
    }

    fn push(&self, event: Event) {
        let is_full = self.all_bytes.load(Ordering::Relaxed) > ALL_BYTES_MAX;
        let mut ring = self.ring();
        let before = ring.bytes();
        ring.push(event, if is_full { 0 } else { FEED_BYTES_MAX });
        let (after, latest) = (ring.bytes(), ring.latest());
        drop(ring);
        self.all_bytes.fetch_add(after, Ordering::Relaxed);
        self.all_bytes.fetch_sub(before, Ordering::Relaxed);
        self.latest.send_replace(latest);
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        let bytes = self.ring().bytes();
        self.all_bytes.fetch_sub(bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{JobId, LeaseToken};
    use crate::ports::Lines;

    fn topic(number: u16) -> Topic {
        let [high, low] = number.to_be_bytes();
        let mut bytes = [0; 16];
        (bytes[0], bytes[1]) = (high, low);
        Topic::Job(JobId::from_bytes(bytes))
    }

    fn print(feeds: &Feeds, topic: Topic, bytes: usize) {
        let lease = LeaseToken::from_bytes([0; 16]);
        let lines = Lines { attempt: 1, lease, first: 0, text: "x".repeat(bytes - 1) + "\n" };
        feeds.publish(topic, || Event::Lines(JobId::from_bytes([0; 16]), lines));
    }

    #[test]
    fn a_feed_that_is_kept_is_gone_after_a_thousand_others() {
        let feeds = Feeds::default();
        for number in 0..=1_000 {
            feeds.enter(topic(number));
            feeds.keep(topic(number));
            feeds.leave(topic(number));
        }
        assert!(!feeds.is_watched(topic(0)) && feeds.is_watched(topic(1)) && feeds.is_watched(topic(1_000)));
        assert_eq!(feeds.count.load(Ordering::SeqCst), LEFT_MAX);
    }

    #[test]
    fn a_feed_that_nobody_keeps_is_gone_with_its_last_watcher() {
        let feeds = Feeds::default();
        feeds.enter(topic(1));
        feeds.enter(topic(1));
        feeds.leave(topic(1));
        print(&feeds, topic(1), 100);
        assert!(feeds.is_watched(topic(1)) && feeds.bytes.load(Ordering::SeqCst) > 100);
        feeds.leave(topic(1));
        assert!(!feeds.is_watched(topic(1)));
        assert_eq!(feeds.bytes.load(Ordering::SeqCst), 0);
    }

    #[test]
    fn feeds_that_are_left_go_first_when_all_together_take_too_much() {
        let feeds = Feeds::default();
        for number in 0..80 {
            feeds.enter(topic(number));
            feeds.keep(topic(number));
            (0..70).for_each(|_| print(&feeds, topic(number), ENTRY));
            if number % 2 == 0 {
                feeds.leave(topic(number));
            }
        }
        let bytes = feeds.bytes.load(Ordering::SeqCst);
        assert!(bytes <= ALL_BYTES_MAX + FEED_BYTES_MAX, "{bytes}");
        assert!(!feeds.is_watched(topic(0)) && feeds.is_watched(topic(1)), "those that are watched stay");
    }

    /// Lines of this size have an entry of their own.
    const ENTRY: usize = 16 * 1024;
}
