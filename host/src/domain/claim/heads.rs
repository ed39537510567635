//! First jobs by priority, caller and fairness key, so that the one that is next is found without looking at the
//! jobs behind them.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::lanes::Head;
use super::level::{Level, Standing};
use super::queued_job::Share;
use super::scan::Scan;
use crate::domain::Timestamp;

/// A waiting job's rank among all: the lowest starts first.
pub type Rank = (Reverse<i8>, Standing);

/// The order in which lanes are kept: the highest priority first.
pub type LaneKey = (Reverse<i8>, Share);

/// First jobs of one task.
#[derive(Default)]
pub struct Heads(BTreeMap<Reverse<i8>, Level>);

impl Heads {
    /// Adds a head.
    pub fn insert(&mut self, (priority, share): LaneKey, head: Head) {
        self.0.entry(priority).or_default().insert(share, head);
    }

    /// Takes a head out.
    pub fn remove(&mut self, (priority, share): LaneKey, head: Head) {
        let Some(level) = self.0.get_mut(&priority) else { return };
        level.remove(share, head);
        if level.is_empty() {
            self.0.remove(&priority);
        }
    }

    /// The rank of the due job that is next.
    pub fn first(&mut self, scan: &mut Scan<'_>) -> Option<Rank> {
        let first = |(priority, level): (&Reverse<i8>, &mut Level)| {
            level.first(scan).map(|standing| (*priority, standing))
        };
        self.0.iter_mut().find_map(first)
    }

    /// When the next job falls due: now, if there is one that is due.
    pub fn next_due(&mut self, scan: &mut Scan<'_>) -> Option<Timestamp> {
        match self.first(scan) {
            Some(_) => Some(scan.now),
            None => self.0.values().filter_map(Level::next_due).min(),
        }
    }
}
