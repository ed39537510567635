//! Schedules by their next ticks, so that those that are due are found without looking at the others.

use std::collections::{BTreeSet, HashMap};

use crate::domain::{ScheduleName, Timestamp};

/// The next tick of each schedule that has one.
#[derive(Default)]
pub struct Ticks {
    next: HashMap<ScheduleName, Timestamp>,
    in_order: BTreeSet<(Timestamp, ScheduleName)>,
}

impl Ticks {
    /// Sets the next tick of a schedule. Returns the one before.
    pub fn set(&mut self, name: &ScheduleName, next: Option<Timestamp>) -> Option<Timestamp> {
        let before = match next {
            Some(at) => self.next.insert(name.clone(), at),
            None => self.next.remove(name),
        };
        if let Some(at) = before {
            self.in_order.remove(&(at, name.clone()));
        }
        self.in_order.extend(next.map(|at| (at, name.clone())));
        before
    }

    /// The first `limit` schedules that are due at this time, and the next tick of the one behind them.
    pub fn due(&self, now: Timestamp, limit: usize) -> (Vec<ScheduleName>, Option<Timestamp>) {
        let due = self.in_order.iter().take_while(|(at, _)| *at <= now).take(limit);
        let names: Vec<_> = due.map(|(_, name)| name.clone()).collect();
        let behind = self.in_order.iter().nth(names.len()).map(|(at, _)| *at);
        (names, behind)
    }
}
