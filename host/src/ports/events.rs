//! Events of jobs and orders for their watchers. Delivery is a hint, never a promise: what must not be missed is read
//! from storage.

use std::fmt;
use std::str::FromStr;

use async_trait::async_trait;

use crate::domain::{JobId, JobState, LeaseToken, Order, OrderId, Progress};

/// An event.
#[derive(Clone, Debug)]
pub enum Event {
    /// A job has a new state.
    State(JobId, Box<JobState>),
    /// An order was placed, or its status changed.
    Order(Box<Order>),
    /// An attempt reported progress.
    Progress(JobId, Progress),
    /// An attempt printed lines.
    Lines(JobId, Lines),
}

/// Consecutive lines of an attempt.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lines {
    /// Number of the attempt.
    pub attempt: u32,
    /// Its lease: a job that snoozes has several attempts of the same number.
    pub lease: LeaseToken,
    /// Number of lines that the attempt printed before these.
    pub first: u64,
    /// The lines, each with its end.
    pub text: String,
}

impl Lines {
    /// Number of lines.
    pub fn count(&self) -> u64 {
        self.text.matches('\n').count() as u64
    }

    /// The lines after the first `skipped`.
    pub fn without(&self, skipped: u64) -> Self {
        let mut text = self.text.as_str();
        for _ in 0..skipped {
            text = text.split_once('\n').map_or("", |(_, rest)| rest);
        }
        Self { first: self.first + skipped, text: text.to_owned(), ..*self }
    }
}

/// A topic to watch.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Topic {
    /// One job: its states, progress and lines.
    Job(JobId),
    /// One order.
    Order(OrderId),
    /// All orders.
    Orders,
}

/// The id of an event of a topic. Ids of a topic that is no longer kept, or from before a restart of the host, are
/// unknown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EventId {
    /// Number of the sequence of events.
    pub feed: u64,
    /// The event's place in it, from 1. Every line has its own.
    pub number: u64,
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}-{}", self.feed, self.number)
    }
}

impl FromStr for EventId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('-').and_then(|(feed, number)| {
            Some(Self { feed: u64::from_str_radix(feed, 16).ok()?, number: number.parse().ok()? })
        });
        parts.ok_or_else(|| format!("{text:?} is not the id of an event"))
    }
}

/// The position of a watcher in the events of a topic.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bookmark {
    /// The last event that it received.
    pub event: EventId,
    /// Whether it received the end, which may be later than that event: that the job or order is final.
    pub is_end: bool,
}

/// The suffix of the id after the end.
const END: &str = "-end";

impl Bookmark {
    /// At this event, before the end.
    pub const fn at(event: EventId) -> Self {
        Self { event, is_end: false }
    }
}

impl fmt::Display for Bookmark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.event, if self.is_end { END } else { "" })
    }
}

impl FromStr for Bookmark {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let before_end = text.strip_suffix(END);
        Ok(Self { event: before_end.unwrap_or(text).parse()?, is_end: before_end.is_some() })
    }
}

/// An item of a stream of events.
#[derive(Clone, Debug)]
pub enum Heard {
    /// An event, or several lines at once.
    Event(Event),
    /// The number of events that are no longer kept: the reader was too slow, or away for too long.
    Missed(u64),
}

/// The events of one topic, none left out without a report.
#[async_trait]
pub trait EventStream: Send {
    /// The next event, as soon as there is one.
    async fn next(&mut self) -> Heard;

    /// The next event, if there is one now.
    fn try_next(&mut self) -> Option<Heard>;

    /// The id of the latest event of this stream; of several lines, that of the last.
    fn position(&self) -> EventId;

    /// Keeps the topic's events for a while after its last watcher, for [`Events::resume`].
    fn keep(&mut self);
}

/// Carries events between the parts of a host.
#[async_trait]
pub trait Events: Send + Sync {
    /// Publishes an event to the watchers of its topics. Never waits, and costs little without watchers.
    fn publish(&self, event: Event);

    /// Whether a topic may have watchers. Without any, the event need not be made.
    fn is_watched(&self, topic: Topic) -> bool;

    /// Watches a topic from now on.
    fn subscribe(&self, topic: Topic) -> Box<dyn EventStream>;

    /// Watches a topic from after this event on; `None` if its feed is not kept.
    fn resume(&self, topic: Topic, after: EventId) -> Option<Box<dyn EventStream>>;

    /// Notifies the dispatcher that jobs may be due.
    fn wake(&self);

    /// Returns when [`Events::wake`] has been called since the last return.
    async fn woken(&self);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_as_it_is_written() {
        let id = EventId { feed: u64::MAX, number: 7 };
        assert_eq!(id.to_string().parse(), Ok(id));
        for wrong in ["", "7", "x-1", "1-", "1-x", "1-2-3"] {
            assert!(wrong.parse::<EventId>().is_err(), "{wrong}");
        }
        for bookmark in [Bookmark::at(id), Bookmark { event: id, is_end: true }] {
            assert_eq!(bookmark.to_string().parse(), Ok(bookmark));
        }
        for wrong in ["-end", "1-2-end-end", "1-2-3-end"] {
            assert!(wrong.parse::<Bookmark>().is_err(), "{wrong}");
        }
    }
}
