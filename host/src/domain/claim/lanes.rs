//! First jobs of one task, priority and caller: whose turn it is among their fairness keys.
//!
//! The heads of one fairness key are a lane. Lanes lie in one of three orders, and are moved only when
//! a claim asks who is first: a start moves the turn of its key everywhere, and a lane learns of it when it
//! comes to the front. Turns only grow, so none is ever too far behind. A lane that is alone, as that of
//! jobs without fairness keys usually is, lies nowhere.

use std::collections::{BTreeMap, BTreeSet};

use super::queued_job::{FairKey, Position};
use super::symbols::Symbol;
use crate::domain::{Timestamp, Turn, Turns};

/// The first job of a lane of one queue.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Head {
    /// The job.
    pub position: Position,
    /// Its queue.
    pub queue: Symbol,
}

impl Head {
    fn due_at(self) -> Timestamp {
        self.position.0
    }
}

/// A look for the next job of one caller.
pub struct LaneScan<'a> {
    /// Whose turn it is.
    pub turns: &'a Turns<FairKey>,
    /// The time.
    pub now: Timestamp,
    /// Counts what is looked at.
    pub steps: &'a mut u64,
}

/// First jobs of one task, priority and caller.
#[derive(Default)]
pub struct Lanes {
    lanes: BTreeMap<FairKey, Lane>,
    /// Those that were not due when they were last looked at.
    later: BTreeSet<(Head, FairKey)>,
    /// Those whose turn it is, by round and head.
    level: BTreeSet<(u64, Head, FairKey)>,
    /// Those that had more than others, by turn and head.
    ahead: BTreeSet<(Turn, Head, FairKey)>,
}

/// The heads of one fairness key.
#[derive(Default)]
struct Lane {
    heads: BTreeSet<Head>,
    lies: Lies,
}

/// Where a lane lies, and by what.
#[derive(Clone, Copy, Default)]
enum Lies {
    #[default]
    Nowhere,
    Later(Head),
    Level(u64, Head),
    Ahead(Turn, Head),
}

impl Lanes {
    /// Adds a head.
    pub fn insert(&mut self, fair: FairKey, head: Head) {
        let lane = self.lanes.entry(fair).or_default();
        lane.heads.insert(head);
        if lane.heads.first() == Some(&head) {
            self.lay_later(fair);
        }
    }

    /// Takes a head out.
    pub fn remove(&mut self, fair: FairKey, head: Head) {
        let Some(lane) = self.lanes.get_mut(&fair) else { return };
        let was_first = lane.heads.first() == Some(&head);
        lane.heads.remove(&head);
        if lane.heads.is_empty() {
            self.lay(fair, Lies::Nowhere);
            self.lanes.remove(&fair);
        } else if was_first {
            self.lay_later(fair);
        }
    }

    /// Whether it has no head.
    pub fn is_empty(&self) -> bool {
        self.lanes.is_empty()
    }

    /// The due job that is next, and the turn of its key.
    pub fn first(&mut self, scan: &mut LaneScan<'_>) -> Option<(Turn, Head)> {
        *scan.steps += 1;
        if let Some((fair, head)) = self.alone() {
            return (head.due_at() <= scan.now).then(|| (scan.turns.turn(&fair), head));
        }
        while let Some((head, fair)) = self.later.first().copied()
            && head.due_at() <= scan.now
        {
            self.lay_by_turn(fair, head, scan);
        }
        while let Some((turn, head, fair)) = self.ahead.first().copied()
            && scan.turns.is_level(turn)
        {
            self.lay_by_turn(fair, head, scan);
        }
        self.first_level(scan).or_else(|| self.first_ahead(scan))
    }

    /// When the first job falls due, if [`Lanes::first`] found none.
    pub fn next_due(&self) -> Option<Timestamp> {
        let alone = self.alone().map(|(_, head)| head.due_at());
        alone.or_else(|| self.later.first().map(|(head, _)| head.due_at()))
    }

    fn first_level(&mut self, scan: &mut LaneScan<'_>) -> Option<(Turn, Head)> {
        while let Some((round, head, fair)) = self.level.first().copied() {
            let turn = scan.turns.turn(&fair);
            if head.due_at() > scan.now {
                self.lay(fair, Lies::Later(head));
            } else if scan.turns.is_level(turn) && turn.round == round {
                return Some((turn, head));
            } else {
                self.lay_by_turn(fair, head, scan);
            }
        }
        None
    }

    fn first_ahead(&mut self, scan: &mut LaneScan<'_>) -> Option<(Turn, Head)> {
        while let Some((known, head, fair)) = self.ahead.first().copied() {
            let turn = scan.turns.turn(&fair);
            if head.due_at() > scan.now {
                self.lay(fair, Lies::Later(head));
            } else if turn == known {
                return Some((turn, head));
            } else {
                self.lay_by_turn(fair, head, scan);
            }
        }
        None
    }

    /// The first job of the only lane, which lies nowhere.
    fn alone(&self) -> Option<(FairKey, Head)> {
        let (fair, lane) = self.lanes.first_key_value()?;
        (self.lanes.len() == 1).then_some((*fair, *lane.heads.first()?))
    }

    /// Lays a lane whose first job is another one now, and the only one that was there before it.
    fn lay_later(&mut self, fair: FairKey) {
        if self.lanes.len() == 2 {
            let nowhere =
                |(fair, lane): (&FairKey, &Lane)| matches!(lane.lies, Lies::Nowhere).then_some(*fair);
            let unlaid: Vec<FairKey> = self.lanes.iter().filter_map(nowhere).collect();
            unlaid.into_iter().for_each(|fair| self.lay_first_later(fair));
        }
        if self.lanes.len() == 1 {
            self.lay(fair, Lies::Nowhere);
        } else {
            self.lay_first_later(fair);
        }
    }

    fn lay_first_later(&mut self, fair: FairKey) {
        if let Some(first) = self.lanes.get(&fair).and_then(|lane| lane.heads.first().copied()) {
            self.lay(fair, Lies::Later(first));
        }
    }

    fn lay_by_turn(&mut self, fair: FairKey, head: Head, scan: &mut LaneScan<'_>) {
        *scan.steps += 1;
        let turn = scan.turns.turn(&fair);
        let level = scan.turns.is_level(turn);
        self.lay(fair, if level { Lies::Level(turn.round, head) } else { Lies::Ahead(turn, head) });
    }

    fn lay(&mut self, fair: FairKey, to: Lies) {
        let Some(lane) = self.lanes.get_mut(&fair) else { return };
        match std::mem::replace(&mut lane.lies, to) {
            Lies::Nowhere => {}
            Lies::Later(head) => drop(self.later.remove(&(head, fair))),
            Lies::Level(round, head) => drop(self.level.remove(&(round, head, fair))),
            Lies::Ahead(turn, head) => drop(self.ahead.remove(&(turn, head, fair))),
        }
        match to {
            Lies::Nowhere => {}
            Lies::Later(head) => drop(self.later.insert((head, fair))),
            Lies::Level(round, head) => drop(self.level.insert((round, head, fair))),
            Lies::Ahead(turn, head) => drop(self.ahead.insert((turn, head, fair))),
        }
    }
}
