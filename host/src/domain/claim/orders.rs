//! Those who take turns, in the three orders in which a claim finds the one that is next.
//!
//! They are moved only when a claim asks who is first: a start moves a turn everywhere, and one whose turn moved
//! learns of it when it comes to the front. Virtual times only grow, so none is ever too far behind.

use std::collections::BTreeSet;

use crate::domain::{Timestamp, VirtualTime};

/// Callers, or fairness lanes, by whose turn it is. `H` decides among those whose turns are equal.
pub struct Orders<K, H> {
    /// Those without a due job when they were last looked at, by when they have one.
    later: BTreeSet<(Timestamp, H, K)>,
    /// Those that the virtual time has reached, by round.
    level: BTreeSet<(u64, H, K)>,
    /// Those ahead of the virtual time.
    ahead: BTreeSet<(VirtualTime, H, K)>,
}

/// In which of the orders one is, and by what.
#[derive(Clone, Copy, Default)]
pub enum OrderEntry<H> {
    /// In none.
    #[default]
    Nowhere,
    /// It has a due job from this time on; one that must be looked at has it at once.
    Later(Timestamp, H),
    /// It is in this round.
    Level(u64, H),
    /// It has this turn.
    Ahead(VirtualTime, H),
}

impl<K, H> Default for Orders<K, H> {
    fn default() -> Self {
        Self { later: BTreeSet::new(), level: BTreeSet::new(), ahead: BTreeSet::new() }
    }
}

impl<K: Copy + Ord, H: Copy + Ord> Orders<K, H> {
    /// Moves one from its entry to another.
    pub fn lay(&mut self, key: K, entry: &mut OrderEntry<H>, to: OrderEntry<H>) {
        match std::mem::replace(entry, to) {
            OrderEntry::Nowhere => {}
            OrderEntry::Later(time, head) => drop(self.later.remove(&(time, head, key))),
            OrderEntry::Level(round, head) => drop(self.level.remove(&(round, head, key))),
            OrderEntry::Ahead(virtual_time, head) => drop(self.ahead.remove(&(virtual_time, head, key))),
        }
        match to {
            OrderEntry::Nowhere => {}
            OrderEntry::Later(time, head) => drop(self.later.insert((time, head, key))),
            OrderEntry::Level(round, head) => drop(self.level.insert((round, head, key))),
            OrderEntry::Ahead(virtual_time, head) => drop(self.ahead.insert((virtual_time, head, key))),
        }
    }

    /// The first one that must be laid by its turn: it has a due job now, or the virtual time has reached it.
    pub fn overdue(&self, now: Timestamp, is_level: impl Fn(VirtualTime) -> bool) -> Option<(H, K)> {
        let due = self.later.first().filter(|(time, ..)| *time <= now).map(|(_, head, key)| (*head, *key));
        let reached = || self.ahead.first().filter(|(virtual_time, ..)| is_level(*virtual_time));
        due.or_else(|| reached().map(|(_, head, key)| (*head, *key)))
    }

    /// The first one that the virtual time has reached, as far as is known.
    pub fn first_level(&self) -> Option<(u64, H, K)> {
        self.level.first().copied()
    }

    /// The first one that is ahead, as far as is known.
    pub fn first_ahead(&self) -> Option<(VirtualTime, H, K)> {
        self.ahead.first().copied()
    }

    /// When the first one has a due job of those that had none.
    pub fn next_due(&self) -> Option<Timestamp> {
        self.later.first().map(|(time, ..)| *time)
    }
}
