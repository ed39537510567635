//! The next job of a concurrency key, as long as only time passes.

use std::collections::BTreeSet;

use super::queued_job::KeyDigest;
use super::symbols::Symbol;
use crate::domain::Timestamp;

/// The times at which a choice among waiting jobs holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Span {
    /// Not before this: then the chosen job is not due.
    pub since: Option<Timestamp>,
    /// Not from here on: then another one is due as well.
    pub until: Option<Timestamp>,
}

impl Span {
    /// Never: a choice is to be made.
    pub const NEVER: Span = Span { since: None, until: Some(Timestamp::from_millis(0)) };

    /// Whether the choice holds at this time.
    pub fn holds(self, now: Timestamp) -> bool {
        self.since.is_none_or(|since| since <= now) && self.until.is_none_or(|until| until > now)
    }
}

/// The concurrency keys of one task of which the next job depends on the time.
#[derive(Default)]
pub struct Watches {
    since: BTreeSet<(Timestamp, Watched)>,
    until: BTreeSet<(Timestamp, Watched)>,
}

/// A queue, and a key in it.
pub type Watched = (Symbol, KeyDigest);

impl Watches {
    /// Adds a key.
    pub fn insert(&mut self, key: Watched, span: Span) {
        self.since.extend(span.since.map(|since| (since, key)));
        self.until.extend(span.until.map(|until| (until, key)));
    }

    /// Takes a key out.
    pub fn remove(&mut self, key: Watched, span: Span) {
        if let Some(since) = span.since {
            self.since.remove(&(since, key));
        }
        if let Some(until) = span.until {
            self.until.remove(&(until, key));
        }
    }

    /// A key of which the choice does not hold at this time.
    pub fn stale(&self, now: Timestamp) -> Option<Watched> {
        let passed = self.until.first().filter(|(until, _)| *until <= now);
        let early = || self.since.last().filter(|(since, _)| *since > now);
        passed.or_else(early).map(|(_, key)| *key)
    }

    /// When the first choice ends.
    pub fn next(&self) -> Option<Timestamp> {
        self.until.first().map(|(until, _)| *until)
    }
}
