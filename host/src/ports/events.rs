//! News of jobs and orders, for whoever watches them now. A hint, never a promise: what must not be
//! missed is read from storage.

use std::fmt;
use std::str::FromStr;

use async_trait::async_trait;

use crate::domain::{JobId, JobState, LeaseToken, Order, OrderId, Progress};

/// What happened.
#[derive(Clone, Debug)]
pub enum Event {
    /// A job came to a new state.
    State(JobId, Box<JobState>),
    /// An order was placed, or its status changed.
    Order(Box<Order>),
    /// An attempt told how far it is.
    Progress(JobId, Progress),
    /// An attempt printed lines.
    Lines(JobId, Lines),
}

/// Lines that an attempt printed one after the other.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Lines {
    /// Which attempt.
    pub attempt: u32,
    /// Its lease: a job that snoozes has several attempts of the same number.
    pub lease: LeaseToken,
    /// How many lines the attempt printed before these.
    pub first: u64,
    /// The lines, each with its end.
    pub text: String,
}

impl Lines {
    /// How many they are.
    pub fn count(&self) -> u64 {
        self.text.matches('\n').count() as u64
    }

    /// The lines behind so many.
    pub fn without(&self, skipped: u64) -> Self {
        let mut text = self.text.as_str();
        for _ in 0..skipped {
            text = text.split_once('\n').map_or("", |(_, rest)| rest);
        }
        Self { first: self.first + skipped, text: text.to_owned(), ..*self }
    }
}

/// What one can watch.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Topic {
    /// One job: its states, progress and lines.
    Job(JobId),
    /// One order.
    Order(OrderId),
    /// All orders.
    Orders,
}

/// Names an event of a topic. Ids of a topic that was forgotten meanwhile, or of a host that was started
/// again, mean nothing any more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct EventId {
    /// Names the sequence of events.
    pub feed: u64,
    /// The event's place in it, from 1. Every line has one of its own.
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

/// Where a watcher was in the events of a topic when it left.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Bookmark {
    /// The last event that it was told.
    pub event: EventId,
    /// Whether it was told the last word, which may be of later than that event: that what it watched is final.
    pub is_end: bool,
}

/// What stands behind the id of the event when the last word was told.
const END: &str = "-end";

impl Bookmark {
    /// At this event, before the last word.
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

/// What a stream of events brings.
#[derive(Clone, Debug)]
pub enum Heard {
    /// An event, or several lines at once.
    Event(Event),
    /// So many events came and are no longer kept: the reader was too slow, or away for too long.
    Missed(u64),
}

/// The events of one topic as they come, none left out without saying so.
#[async_trait]
pub trait EventStream: Send {
    /// The next event, as soon as there is one.
    async fn next(&mut self) -> Heard;

    /// The next event, if there is one now.
    fn try_next(&mut self) -> Option<Heard>;

    /// The id of the latest event that this stream brought; of several lines, that of the last.
    fn position(&self) -> EventId;

    /// Keeps the topic's events for a while when nobody watches it any more, for [`Events::resume`].
    fn keep(&mut self);
}

/// Carries news between the parts of a host.
#[async_trait]
pub trait Events: Send + Sync {
    /// Tells all who watch a topic of this event. Never waits, and costs little when nobody watches.
    fn publish(&self, event: Event);

    /// Whether somebody may watch a topic: nobody need make an event that nobody hears.
    fn is_watched(&self, topic: Topic) -> bool;

    /// Watches a topic from now on.
    fn subscribe(&self, topic: Topic) -> Box<dyn EventStream>;

    /// Watches a topic from this event on, which is not told again; nothing if its feed is not kept.
    fn resume(&self, topic: Topic, after: EventId) -> Option<Box<dyn EventStream>>;

    /// Tells the dispatcher that jobs may be due.
    fn wake(&self);

    /// Returns when somebody called [`Events::wake`] since the last return.
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
