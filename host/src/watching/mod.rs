//! The parts that watches of jobs and of orders share: their items, their knowledge, and the events for them.

mod known;
pub mod news;

use std::time::Duration;

use crate::ports::Bookmark;

pub use known::Known;

/// The longest time between reads of storage without an event, in case one was missed.
pub const LOOK_EVERY: Duration = Duration::from_secs(5);

/// An event for a watcher, and the id with which to resume after it.
#[derive(Debug)]
pub struct Notice<News> {
    /// The event.
    pub news: News,
    /// Its position; `None` for an event outside the order, after which the previous position stays valid.
    pub id: Option<Bookmark>,
}
