//! Waiting jobs of one queue, task and priority: whose turn it is among their fairness keys.
//!
//! The jobs of a fairness key are a strand, by due time and id. Strands lie in one of three orders,
//! and are moved only when somebody asks who is first: a start moves the turn of its key everywhere, and a
//! strand learns of it when it comes to the front. Turns only grow, so none is ever too far behind. A
//! strand that is alone, as that of jobs without fairness keys usually is, lies nowhere.

use std::collections::{BTreeMap, BTreeSet};

use super::lane::{FairKey, Spot};
use super::probe;
use crate::domain::{Timestamp, Turn, Turns};

/// Waiting jobs of one queue, task and priority that their keys let through.
#[derive(Default)]
pub struct Tier {
    strands: BTreeMap<FairKey, Strand>,
    /// Those that were not due when they were last looked at, by their first jobs.
    later: BTreeSet<(Spot, FairKey)>,
    /// Those whose turn it is, by round and first job.
    level: BTreeSet<(u64, Spot, FairKey)>,
    /// Those that had more than others, by turn and first job.
    ahead: BTreeSet<(Turn, Spot, FairKey)>,
}

/// The jobs of one fairness key.
#[derive(Default)]
struct Strand {
    jobs: BTreeSet<Spot>,
    lies: Lies,
}

/// Where a strand lies, and by what.
#[derive(Clone, Copy, Default)]
enum Lies {
    #[default]
    Nowhere,
    Later(Spot),
    Level(u64, Spot),
    Ahead(Turn, Spot),
}

impl Tier {
    /// Adds a job.
    pub fn insert(&mut self, fair: FairKey, job: Spot) {
        let strand = self.strands.entry(fair).or_default();
        strand.jobs.insert(job);
        if strand.jobs.first() == Some(&job) {
            self.lay_later(fair);
        }
    }

    /// Takes a job out.
    pub fn remove(&mut self, fair: FairKey, job: Spot) {
        let Some(strand) = self.strands.get_mut(&fair) else { return };
        let was_first = strand.jobs.first() == Some(&job);
        strand.jobs.remove(&job);
        if strand.jobs.is_empty() {
            self.lay(fair, Lies::Nowhere);
            self.strands.remove(&fair);
        } else if was_first {
            self.lay_later(fair);
        }
    }

    /// Whether it has no job.
    pub fn is_empty(&self) -> bool {
        self.strands.is_empty()
    }

    /// The due job that is next, and the turn of its key.
    pub fn first(&mut self, turns: &Turns<FairKey>, now: Timestamp) -> Option<(Turn, Spot)> {
        if let Some((fair, job)) = self.alone() {
            probe::step();
            return (job.0 <= now).then(|| (turns.turn(&fair), job));
        }
        while let Some((job, fair)) = self.later.first().copied()
            && job.0 <= now
        {
            self.lay_by_turn(fair, job, turns);
        }
        while let Some((turn, job, fair)) = self.ahead.first().copied()
            && turns.is_level(turn)
        {
            self.lay_by_turn(fair, job, turns);
        }
        self.first_level(turns, now).or_else(|| self.first_ahead(turns, now))
    }

    /// When the first job falls due, if [`Tier::first`] found none.
    pub fn next_due(&self) -> Option<Timestamp> {
        let alone = self.alone().map(|(_, job)| job.0);
        alone.or_else(|| self.later.first().map(|(job, _)| job.0))
    }

    fn first_level(&mut self, turns: &Turns<FairKey>, now: Timestamp) -> Option<(Turn, Spot)> {
        while let Some((round, job, fair)) = self.level.first().copied() {
            let turn = turns.turn(&fair);
            if job.0 > now {
                self.lay(fair, Lies::Later(job));
            } else if turns.is_level(turn) && turn.round == round {
                probe::step();
                return Some((turn, job));
            } else {
                self.lay_by_turn(fair, job, turns);
            }
        }
        None
    }

    fn first_ahead(&mut self, turns: &Turns<FairKey>, now: Timestamp) -> Option<(Turn, Spot)> {
        while let Some((known, job, fair)) = self.ahead.first().copied() {
            let turn = turns.turn(&fair);
            if job.0 > now {
                self.lay(fair, Lies::Later(job));
            } else if turn == known {
                probe::step();
                return Some((turn, job));
            } else {
                self.lay_by_turn(fair, job, turns);
            }
        }
        None
    }

    /// The first job of the only strand, if it lies nowhere.
    fn alone(&self) -> Option<(FairKey, Spot)> {
        let (fair, strand) = self.strands.first_key_value()?;
        (self.strands.len() == 1).then_some((*fair, *strand.jobs.first()?))
    }

    /// Lays a strand whose first job is another one now, and the only one that was there before it.
    fn lay_later(&mut self, fair: FairKey) {
        if self.strands.len() == 2 {
            let nowhere =
                |(fair, strand): (&FairKey, &Strand)| matches!(strand.lies, Lies::Nowhere).then_some(*fair);
            let unlaid: Vec<FairKey> = self.strands.iter().filter_map(nowhere).collect();
            unlaid.into_iter().for_each(|fair| self.lay_first_later(fair));
        }
        if self.strands.len() == 1 {
            self.lay(fair, Lies::Nowhere);
        } else {
            self.lay_first_later(fair);
        }
    }

    fn lay_first_later(&mut self, fair: FairKey) {
        if let Some(first) = self.strands.get(&fair).and_then(|strand| strand.jobs.first().copied()) {
            self.lay(fair, Lies::Later(first));
        }
    }

    fn lay_by_turn(&mut self, fair: FairKey, job: Spot, turns: &Turns<FairKey>) {
        let turn = turns.turn(&fair);
        let level = turns.is_level(turn);
        self.lay(fair, if level { Lies::Level(turn.round, job) } else { Lies::Ahead(turn, job) });
    }

    fn lay(&mut self, fair: FairKey, to: Lies) {
        probe::step();
        let Some(strand) = self.strands.get_mut(&fair) else { return };
        match std::mem::replace(&mut strand.lies, to) {
            Lies::Nowhere => {}
            Lies::Later(job) => drop(self.later.remove(&(job, fair))),
            Lies::Level(round, job) => drop(self.level.remove(&(round, job, fair))),
            Lies::Ahead(turn, job) => drop(self.ahead.remove(&(turn, job, fair))),
        }
        match to {
            Lies::Nowhere => {}
            Lies::Later(job) => drop(self.later.insert((job, fair))),
            Lies::Level(round, job) => drop(self.level.insert((round, job, fair))),
            Lies::Ahead(turn, job) => drop(self.ahead.insert((turn, job, fair))),
        }
    }
}
