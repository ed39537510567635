//! Jobs that a claim asks in which order they start.

use super::heads::{Heads, Look};
use super::queued_job::{Head, LaneKey};
use super::scan::Scan;
use super::watches::{Span, Watched, Watches};
use crate::domain::Timestamp;

/// The first jobs of one task, in one queue or in all that share an order.
#[derive(Default)]
pub struct ReadyOrder {
    /// The jobs.
    pub heads: Heads,
    watches: Watches,
}

impl ReadyOrder {
    /// Adds a head.
    pub fn insert(&mut self, lane: LaneKey, head: Head) {
        self.heads.insert(lane, head);
    }

    /// Takes a head out.
    pub fn remove(&mut self, lane: LaneKey, head: Head) {
        self.heads.remove(lane, head);
    }

    /// Adds a concurrency key of which the next job depends on the time.
    pub fn watch(&mut self, key: Watched, span: Span) {
        self.watches.insert(key, span);
    }

    /// Takes such a key out.
    pub fn unwatch(&mut self, key: Watched, span: Span) {
        self.watches.remove(key, span);
    }

    /// A key of which the next job must be chosen before a look.
    pub fn stale(&self, now: Timestamp) -> Option<Watched> {
        self.watches.stale(now)
    }

    /// Finds the due job that is next.
    pub fn look(&mut self, scan: &mut Scan<'_>) -> Look {
        self.heads.look(scan).and(Look { first: None, until: self.watches.next() })
    }
}
