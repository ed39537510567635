//! Waiting jobs of one concurrency key, in one queue and of one task.
//!
//! While the key is open all of them may start, but one is put forward: that of the highest priority, and among
//! those the one whose turn it is within the key. So a start or an end moves that one alone, whatever waits
//! behind it.

use super::heads::Heads;
use super::lane_jobs::LaneJobs;
use super::queued_job::{Head, LaneKey, Position};
use super::scan::Scan;
use super::symbols::Symbol;
use super::watches::Span;

/// Waiting jobs of one key, queue and task; of those in strict order the first one only.
#[derive(Default)]
pub struct KeyJobs {
    lanes: LaneJobs,
    /// The first jobs in the order of the key, from the first choice on and while there are several lanes.
    order: Option<Box<Heads>>,
    /// The one that is put forward.
    pub chosen: Option<(LaneKey, Position)>,
}

impl KeyJobs {
    /// Adds a job, or takes it out. Returns whether that may change which one is next.
    pub fn change(&mut self, queue: Symbol, lane: LaneKey, position: Position, comes: bool) -> bool {
        let change =
            if comes { self.lanes.insert(lane, position) } else { self.lanes.remove(lane, position) };
        if self.lanes.len() < 2 {
            self.order = None;
        }
        if let Some(order) = &mut self.order {
            change.gone.into_iter().for_each(|position| order.remove(lane, Head { position, queue }));
            change.come.into_iter().for_each(|position| order.insert(lane, Head { position, queue }));
        }
        change != Default::default()
    }

    /// Whether there is no job.
    pub fn is_empty(&self) -> bool {
        self.lanes.is_empty()
    }

    /// The next job, if there is one lane only.
    pub fn only(&self) -> Option<(LaneKey, Position)> {
        self.lanes.heads().next().filter(|_| self.lanes.len() == 1)
    }

    /// The due job that is next, and how long it will be.
    pub fn choose(&mut self, queue: Symbol, scan: &mut Scan<'_>) -> (Option<(LaneKey, Position)>, Span) {
        let Self { lanes, order, .. } = self;
        let order = order.get_or_insert_with(|| {
            *scan.steps += lanes.len() as u64;
            let mut order = Box::<Heads>::default();
            lanes.heads().for_each(|(lane, position)| order.insert(lane, Head { position, queue }));
            order
        });
        let look = order.look(scan);
        let first = look.first.map(|rank| (rank.lane(), rank.head().position));
        (first, Span { since: first.map(|(_, (due_at, _))| due_at), until: look.until })
    }

    /// The order of the key, if there is one.
    pub fn order(&mut self) -> Option<&mut Heads> {
        self.order.as_deref_mut()
    }
}
