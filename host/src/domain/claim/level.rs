//! First jobs of one task and priority: whose turn it is among those who submitted them.
//!
//! Callers take turns, and then the fairness keys of the one whose turn it is: a caller that invents a
//! thousand keys has no more turns for it. As with lanes, callers lie in one of three orders and are moved when a
//! claim asks who is first.

use std::collections::{BTreeMap, BTreeSet};

use super::lanes::{Head, Lanes};
use super::queued_job::{Caller, Share};
use super::scan::Scan;
use crate::domain::{Timestamp, Turn};

/// First jobs of one task and priority.
#[derive(Default)]
pub struct Level {
    callers: BTreeMap<Caller, Of>,
    /// Those that had no due job when they were last looked at, by when they have one; at once, if their jobs
    /// changed since.
    later: BTreeSet<(Timestamp, Caller)>,
    /// Those whose turn it is, by round.
    level: BTreeSet<(u64, Caller)>,
    /// Those that had more than others, by turn.
    ahead: BTreeSet<(Turn, Caller)>,
}

/// The first jobs of one caller.
#[derive(Default)]
struct Of {
    lanes: Lanes,
    lies: Lies,
}

/// Where a caller lies, and by what.
#[derive(Clone, Copy, Default)]
enum Lies {
    #[default]
    Nowhere,
    Later(Timestamp),
    Level(u64),
    Ahead(Turn),
}

/// The rank of a due job among those of its priority: the turn of its caller, then that of its fairness key.
/// Callers whose turns are equal go in a fixed order, so that each has one before any has two.
pub type Standing = (Turn, Caller, Turn, Head);

impl Level {
    /// Adds a head.
    pub fn insert(&mut self, share: Share, head: Head) {
        self.callers.entry(share.caller).or_default().lanes.insert(share.key, head);
        self.lay_anew(share.caller);
    }

    /// Takes a head out.
    pub fn remove(&mut self, share: Share, head: Head) {
        let Some(of) = self.callers.get_mut(&share.caller) else { return };
        of.lanes.remove(share.key, head);
        if of.lanes.is_empty() {
            self.lay(share.caller, Lies::Nowhere);
            self.callers.remove(&share.caller);
        } else {
            self.lay_anew(share.caller);
        }
    }

    /// Whether it has no head.
    pub fn is_empty(&self) -> bool {
        self.callers.is_empty()
    }

    /// The due job that is next.
    pub fn first(&mut self, scan: &mut Scan<'_>) -> Option<Standing> {
        if self.callers.len() == 1 {
            let (caller, of) = self.callers.iter_mut().next()?;
            let (turn, head) = of.lanes.first(&mut scan.of(*caller))?;
            return Some((scan.turns.callers().turn(caller), *caller, turn, head));
        }
        while let Some((time, caller)) = self.later.first().copied()
            && time <= scan.now
        {
            self.lay_by_turn(caller, scan);
        }
        while let Some((turn, caller)) = self.ahead.first().copied()
            && scan.turns.callers().is_level(turn)
        {
            self.lay_by_turn(caller, scan);
        }
        while let Some((round, caller)) = self.level.first().copied() {
            let turn = scan.turns.callers().turn(&caller);
            if scan.turns.callers().is_level(turn) && turn.round == round {
                match self.first_of(caller, scan) {
                    Some((of_key, head)) => return Some((turn, caller, of_key, head)),
                    None => self.lay_by_turn(caller, scan),
                }
            } else {
                self.lay_by_turn(caller, scan);
            }
        }
        while let Some((known, caller)) = self.ahead.first().copied() {
            let turn = scan.turns.callers().turn(&caller);
            match self.first_of(caller, scan).filter(|_| turn == known) {
                Some((of_key, head)) => return Some((turn, caller, of_key, head)),
                None => self.lay_by_turn(caller, scan),
            }
        }
        None
    }

    /// When the first job falls due, if [`Level::first`] found none.
    pub fn next_due(&self) -> Option<Timestamp> {
        if self.callers.len() == 1 {
            return self.callers.values().next()?.lanes.next_due();
        }
        self.later.first().map(|(time, _)| *time)
    }

    fn first_of(&mut self, caller: Caller, scan: &mut Scan<'_>) -> Option<(Turn, Head)> {
        self.callers.get_mut(&caller)?.lanes.first(&mut scan.of(caller))
    }

    /// Lets the next look find out where a caller belongs, and the only one that was there before it.
    fn lay_anew(&mut self, caller: Caller) {
        match self.callers.len() {
            1 => self.lay(caller, Lies::Nowhere),
            2 => {
                let both: Vec<Caller> = self.callers.keys().copied().collect();
                both.into_iter().for_each(|caller| self.lay(caller, Lies::Later(Timestamp::default())));
            }
            _ => self.lay(caller, Lies::Later(Timestamp::default())),
        }
    }

    fn lay_by_turn(&mut self, caller: Caller, scan: &mut Scan<'_>) {
        *scan.steps += 1;
        let first = self.first_of(caller, scan);
        let lanes = self.callers.get(&caller).map(|of| &of.lanes);
        let turn = scan.turns.callers().turn(&caller);
        let lies = match first {
            Some(_) if scan.turns.callers().is_level(turn) => Lies::Level(turn.round),
            Some(_) => Lies::Ahead(turn),
            None => lanes.and_then(Lanes::next_due).map_or(Lies::Nowhere, Lies::Later),
        };
        self.lay(caller, lies);
    }

    fn lay(&mut self, caller: Caller, to: Lies) {
        let Some(of) = self.callers.get_mut(&caller) else { return };
        match std::mem::replace(&mut of.lies, to) {
            Lies::Nowhere => {}
            Lies::Later(time) => drop(self.later.remove(&(time, caller))),
            Lies::Level(round) => drop(self.level.remove(&(round, caller))),
            Lies::Ahead(turn) => drop(self.ahead.remove(&(turn, caller))),
        }
        match to {
            Lies::Nowhere => {}
            Lies::Later(time) => drop(self.later.insert((time, caller))),
            Lies::Level(round) => drop(self.level.insert((round, caller))),
            Lies::Ahead(turn) => drop(self.ahead.insert((turn, caller))),
        }
    }
}
