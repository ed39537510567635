//! First jobs of one task and priority level: whose turn it is among those who submitted them.
//!
//! Callers take turns, and then the fairness keys of the one whose turn it is: a caller that invents a
//! thousand keys has no more turns for it.

use std::collections::BTreeMap;

use super::lanes::{LaneRank, Lanes};
use super::orders::{OrderEntry, Orders};
use super::queued_job::{CallerDigest, Head, Share};
use super::scan::Scan;
use crate::domain::{Timestamp, VirtualTime};

/// First jobs of one task and priority level.
#[derive(Default)]
pub struct Level {
    callers: BTreeMap<CallerDigest, OfCaller>,
    orders: Orders<CallerDigest, ()>,
    /// When a job falls due, once a look has found none that is.
    pub asleep_until: Option<Timestamp>,
}

/// The first jobs of one caller.
#[derive(Default)]
struct OfCaller {
    lanes: Lanes,
    entry: OrderEntry<()>,
}

/// The rank of a due job among those of its priority level. Callers whose turns are equal go in a fixed order, so
/// that each has one before any has two.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct LevelRank {
    /// The turn of its caller.
    pub virtual_time: VirtualTime,
    /// Its submitter.
    pub caller: CallerDigest,
    /// Its rank among those of its caller.
    pub lane: LaneRank,
}

impl Level {
    /// Adds a head.
    pub fn insert(&mut self, share: Share, head: Head) {
        self.callers.entry(share.caller).or_default().lanes.insert(share.key, head);
        self.lay_later(share.caller);
    }

    /// Takes a head out.
    pub fn remove(&mut self, share: Share, head: Head) {
        let Some(of) = self.callers.get_mut(&share.caller) else { return };
        of.lanes.remove(share.key, head);
        if of.lanes.is_empty() {
            self.lay(share.caller, OrderEntry::Nowhere);
            self.callers.remove(&share.caller);
        } else {
            self.lay_later(share.caller);
        }
    }

    /// Whether it has no head.
    pub fn is_empty(&self) -> bool {
        self.callers.is_empty()
    }

    /// Makes the next look order the callers anew, after a virtual time was restored. Returns whether that changes anything.
    pub fn lay_anew(&mut self, share: Share) -> bool {
        let Some(of) = self.callers.get_mut(&share.caller) else { return false };
        of.lanes.lay_anew(share.key);
        self.lay_later(share.caller);
        true
    }

    /// The due job that is next.
    pub fn first(&mut self, scan: &mut Scan<'_>) -> Option<LevelRank> {
        if let Some(caller) = self.alone() {
            return self.first_of(caller, scan);
        }
        let fair_queues = scan.fair_queues.callers();
        while let Some(((), caller)) =
            self.orders.overdue(scan.now, |virtual_time| fair_queues.is_level(virtual_time))
        {
            self.lay_by_turn(caller, scan);
        }
        while let Some((round, (), caller)) = self.orders.first_level() {
            let still = |rank: &LevelRank| {
                fair_queues.is_level(rank.virtual_time) && rank.virtual_time.round == round
            };
            match self.first_of(caller, scan) {
                Some(rank) if still(&rank) => return Some(rank),
                first => self.lay_by(caller, first, scan),
            }
        }
        while let Some((known, (), caller)) = self.orders.first_ahead() {
            match self.first_of(caller, scan) {
                Some(rank) if rank.virtual_time == known => return Some(rank),
                first => self.lay_by(caller, first, scan),
            }
        }
        None
    }

    /// When a job falls due that may come before the one that [`Level::first`] found, or when the first one falls
    /// due if it found none.
    pub fn next_due(&self, found: Option<CallerDigest>, now: Timestamp) -> Option<Timestamp> {
        let within = |caller| self.callers.get(&caller).and_then(|of| of.lanes.next_due(now));
        match self.alone() {
            Some(caller) => within(caller),
            None => found.and_then(within).into_iter().chain(self.orders.next_due()).min(),
        }
    }

    /// The only caller, of which the orders say nothing.
    fn alone(&self) -> Option<CallerDigest> {
        let (caller, _) = self.callers.first_key_value()?;
        (self.callers.len() == 1).then_some(*caller)
    }

    fn first_of(&mut self, caller: CallerDigest, scan: &mut Scan<'_>) -> Option<LevelRank> {
        let lane = self.callers.get_mut(&caller)?.lanes.first(&mut scan.of(caller))?;
        Some(LevelRank { virtual_time: scan.fair_queues.callers().virtual_time(&caller), caller, lane })
    }

    /// Makes the next look order a caller, and the only one that was there before it.
    fn lay_later(&mut self, caller: CallerDigest) {
        let at_once = OrderEntry::Later(Timestamp::default(), ());
        match self.callers.len() {
            1 => self.lay(caller, OrderEntry::Nowhere),
            2 => {
                let both: Vec<CallerDigest> = self.callers.keys().copied().collect();
                both.into_iter().for_each(|caller| self.lay(caller, at_once));
            }
            _ => self.lay(caller, at_once),
        }
    }

    fn lay_by_turn(&mut self, caller: CallerDigest, scan: &mut Scan<'_>) {
        let first = self.first_of(caller, scan);
        self.lay_by(caller, first, scan);
    }

    fn lay_by(&mut self, caller: CallerDigest, first: Option<LevelRank>, scan: &mut Scan<'_>) {
        *scan.steps += 1;
        let next_due = || self.callers.get(&caller).and_then(|of| of.lanes.next_due(scan.now));
        let entry = match first {
            Some(rank) if scan.fair_queues.callers().is_level(rank.virtual_time) => {
                OrderEntry::Level(rank.virtual_time.round, ())
            }
            Some(rank) => OrderEntry::Ahead(rank.virtual_time, ()),
            None => next_due().map_or(OrderEntry::Nowhere, |time| OrderEntry::Later(time, ())),
        };
        self.lay(caller, entry);
    }

    fn lay(&mut self, caller: CallerDigest, to: OrderEntry<()>) {
        if let Some(of) = self.callers.get_mut(&caller) {
            self.orders.lay(caller, &mut of.entry, to);
        }
    }
}
