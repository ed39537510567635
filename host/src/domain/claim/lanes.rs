//! First jobs of one task, priority and caller: whose turn it is among their fairness keys.
//!
//! The heads of one fairness key are a fairness lane. A lane that is alone, as that of jobs without fairness keys
//! usually is, needs no order.

use std::collections::{BTreeMap, BTreeSet};

use super::orders::{OrderEntry, Orders};
use super::queued_job::{FairKey, Head};
use super::scan::LaneScan;
use crate::domain::{Timestamp, VirtualTime};

/// First jobs of one task, priority and caller.
#[derive(Default)]
pub struct Lanes {
    lanes: BTreeMap<FairKey, Lane>,
    orders: Orders<FairKey, Head>,
}

/// The heads of one fairness key.
#[derive(Default)]
struct Lane {
    heads: BTreeSet<Head>,
    entry: OrderEntry<Head>,
}

/// The rank of a due job among those of its priority and caller.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct LaneRank {
    /// The turn of its fairness key.
    pub virtual_time: VirtualTime,
    /// The job.
    pub head: Head,
    /// Its fairness key.
    pub key: FairKey,
}

impl Lanes {
    /// Adds a head.
    pub fn insert(&mut self, key: FairKey, head: Head) {
        let lane = self.lanes.entry(key).or_default();
        lane.heads.insert(head);
        if lane.heads.first() == Some(&head) {
            self.lay_later(key);
        }
    }

    /// Takes a head out.
    pub fn remove(&mut self, key: FairKey, head: Head) {
        let Some(lane) = self.lanes.get_mut(&key) else { return };
        let was_first = lane.heads.first() == Some(&head);
        lane.heads.remove(&head);
        if lane.heads.is_empty() {
            self.lay(key, OrderEntry::Nowhere);
            self.lanes.remove(&key);
        } else if was_first {
            self.lay_later(key);
        }
    }

    /// Whether it has no head.
    pub fn is_empty(&self) -> bool {
        self.lanes.is_empty()
    }

    /// Makes the next look order a key anew, after its virtual time was restored.
    pub fn lay_anew(&mut self, key: FairKey) {
        if self.lanes.len() > 1 {
            self.lay_first_later(key);
        }
    }

    /// The due job that is next.
    pub fn first(&mut self, scan: &mut LaneScan<'_>) -> Option<LaneRank> {
        *scan.steps += 1;
        if let Some((key, head)) = self.alone() {
            return (head.due_at() <= scan.now).then(|| LaneRank {
                virtual_time: scan.fair_queues.virtual_time(&key),
                head,
                key,
            });
        }
        while let Some((head, key)) =
            self.orders.overdue(scan.now, |virtual_time| scan.fair_queues.is_level(virtual_time))
        {
            self.lay_by_turn(key, head, scan);
        }
        self.first_level(scan).or_else(|| self.first_ahead(scan))
    }

    /// When the first job falls due of those that [`Lanes::first`] found not to be.
    pub fn next_due(&self, now: Timestamp) -> Option<Timestamp> {
        match self.alone() {
            Some((_, head)) => Some(head.due_at()).filter(|due_at| *due_at > now),
            None => self.orders.next_due(),
        }
    }

    fn first_level(&mut self, scan: &mut LaneScan<'_>) -> Option<LaneRank> {
        while let Some((round, head, key)) = self.orders.first_level() {
            let virtual_time = scan.fair_queues.virtual_time(&key);
            if head.due_at() > scan.now {
                self.lay(key, OrderEntry::Later(head.due_at(), head));
            } else if scan.fair_queues.is_level(virtual_time) && virtual_time.round == round {
                return Some(LaneRank { virtual_time, head, key });
            } else {
                self.lay_by_turn(key, head, scan);
            }
        }
        None
    }

    fn first_ahead(&mut self, scan: &mut LaneScan<'_>) -> Option<LaneRank> {
        while let Some((known, head, key)) = self.orders.first_ahead() {
            let virtual_time = scan.fair_queues.virtual_time(&key);
            if head.due_at() > scan.now {
                self.lay(key, OrderEntry::Later(head.due_at(), head));
            } else if virtual_time == known {
                return Some(LaneRank { virtual_time, head, key });
            } else {
                self.lay_by_turn(key, head, scan);
            }
        }
        None
    }

    /// The first job of the only lane, of which the orders say nothing.
    fn alone(&self) -> Option<(FairKey, Head)> {
        let (key, lane) = self.lanes.first_key_value()?;
        (self.lanes.len() == 1).then_some((*key, *lane.heads.first()?))
    }

    /// Lays a lane whose first job is another one now, and the only one that was there before it.
    fn lay_later(&mut self, key: FairKey) {
        if self.lanes.len() == 2 {
            let nowhere =
                |(key, lane): (&FairKey, &Lane)| matches!(lane.entry, OrderEntry::Nowhere).then_some(*key);
            let unlaid: Vec<FairKey> = self.lanes.iter().filter_map(nowhere).collect();
            unlaid.into_iter().for_each(|key| self.lay_first_later(key));
        }
        if self.lanes.len() == 1 {
            self.lay(key, OrderEntry::Nowhere);
        } else {
            self.lay_first_later(key);
        }
    }

    fn lay_first_later(&mut self, key: FairKey) {
        if let Some(first) = self.lanes.get(&key).and_then(|lane| lane.heads.first().copied()) {
            self.lay(key, OrderEntry::Later(first.due_at(), first));
        }
    }

    fn lay_by_turn(&mut self, key: FairKey, head: Head, scan: &mut LaneScan<'_>) {
        *scan.steps += 1;
        let virtual_time = scan.fair_queues.virtual_time(&key);
        let level = scan.fair_queues.is_level(virtual_time);
        self.lay(
            key,
            if level {
                OrderEntry::Level(virtual_time.round, head)
            } else {
                OrderEntry::Ahead(virtual_time, head)
            },
        );
    }

    fn lay(&mut self, key: FairKey, to: OrderEntry<Head>) {
        if let Some(lane) = self.lanes.get_mut(&key) {
            self.orders.lay(key, &mut lane.entry, to);
        }
    }
}
