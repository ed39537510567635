//! Waiting jobs of one queue and task, those left out that their concurrency keys hold back.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::heads::{Heads, LaneKey};
use super::lanes::Head;
use super::queued_job::{Lane, Position};
use super::scan::Scan;
use super::symbols::Symbol;
use crate::domain::Timestamp;

/// Jobs of one queue and task by priority, caller and fairness key.
#[derive(Default)]
pub struct Row {
    lanes: BTreeMap<LaneKey, BTreeSet<Position>>,
    laid: Laid,
}

/// Where the heads of a row are.
#[derive(Default)]
pub enum Laid {
    /// Nowhere: no claim looks for them.
    #[default]
    Nowhere,
    /// Among those of the other queues of the task.
    Shared,
    /// In an order of their own.
    Apart(Box<Heads>),
}

/// Which of these.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Lie {
    /// [`Laid::Nowhere`]
    Nowhere,
    /// [`Laid::Shared`]
    Shared,
    /// [`Laid::Apart`]
    Apart,
}

impl Row {
    /// Adds a job; its lane's head follows to where the heads are.
    pub fn insert(&mut self, queue: Symbol, lane: Lane, position: Position, shared: &mut Heads) {
        self.change(queue, lane, shared, |jobs| jobs.insert(position));
    }

    /// Takes a job out.
    pub fn remove(&mut self, queue: Symbol, lane: Lane, position: Position, shared: &mut Heads) {
        self.change(queue, lane, shared, |jobs| jobs.remove(&position));
    }

    fn change(
        &mut self,
        queue: Symbol,
        lane: Lane,
        shared: &mut Heads,
        change: impl FnOnce(&mut BTreeSet<Position>) -> bool,
    ) {
        let key = (Reverse(lane.priority), lane.share);
        let jobs = self.lanes.entry(key).or_default();
        let before = jobs.first().copied();
        change(jobs);
        let after = jobs.first().copied();
        if jobs.is_empty() {
            self.lanes.remove(&key);
        }
        if before == after {
            return;
        }
        let heads = match &mut self.laid {
            Laid::Nowhere => return,
            Laid::Shared => shared,
            Laid::Apart(own) => own,
        };
        before.into_iter().for_each(|position| heads.remove(key, Head { position, queue }));
        after.into_iter().for_each(|position| heads.insert(key, Head { position, queue }));
    }

    /// Whether it has no job.
    pub fn is_empty(&self) -> bool {
        self.lanes.is_empty()
    }

    /// How many heads it has.
    pub fn width(&self) -> usize {
        self.lanes.len()
    }

    /// Where its heads are.
    pub fn lie(&self) -> Lie {
        match self.laid {
            Laid::Nowhere => Lie::Nowhere,
            Laid::Shared => Lie::Shared,
            Laid::Apart(_) => Lie::Apart,
        }
    }

    /// Lays its heads anew, where they are.
    pub fn lay_anew(&mut self, queue: Symbol, shared: &mut Heads) {
        let lie = self.lie();
        self.laid = Laid::Nowhere;
        self.lay(queue, lie, shared);
    }

    /// Moves its heads.
    pub fn lay(&mut self, queue: Symbol, lie: Lie, shared: &mut Heads) {
        if self.lie() == Lie::Shared {
            self.heads(queue).for_each(|(key, head)| shared.remove(key, head));
        }
        self.laid = match lie {
            Lie::Nowhere => Laid::Nowhere,
            Lie::Shared => {
                self.heads(queue).for_each(|(key, head)| shared.insert(key, head));
                Laid::Shared
            }
            Lie::Apart => {
                let mut own = Box::<Heads>::default();
                self.heads(queue).for_each(|(key, head)| own.insert(key, head));
                Laid::Apart(own)
            }
        };
    }

    fn heads(&self, queue: Symbol) -> impl Iterator<Item = (LaneKey, Head)> {
        let head = move |(key, jobs): (&LaneKey, &BTreeSet<Position>)| {
            Some((*key, Head { position: *jobs.first()?, queue }))
        };
        self.lanes.iter().filter_map(head)
    }

    /// Its heads, if they have an order of their own.
    pub fn apart(&mut self) -> Option<&mut Heads> {
        match &mut self.laid {
            Laid::Apart(own) => Some(own),
            Laid::Nowhere | Laid::Shared => None,
        }
    }

    /// When its next job falls due: now, if there is one that is due. Looks at every head, unless they have an
    /// order of their own.
    pub fn next_due(&mut self, scan: &mut Scan<'_>) -> Option<Timestamp> {
        if let Laid::Apart(own) = &mut self.laid {
            return own.next_due(scan);
        }
        *scan.steps += self.lanes.len() as u64;
        let due = self.lanes.values().filter_map(|jobs| jobs.first()).map(|(due_at, _)| *due_at);
        due.min().map(|due_at| due_at.max(scan.now))
    }
}
