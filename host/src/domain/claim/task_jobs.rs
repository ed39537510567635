//! Waiting jobs of one task over all queues, so that the next one is found by a look at few of them.
//!
//! The heads of all queues lie in one order, and a queue whose gate closes takes its own out: to take out many
//! costs much, so a queue with a gate and with many fairness lanes has an order of its own, which a claim asks
//! beside the shared one or leaves aside. What no host runs is kept without any order.

use std::collections::{BTreeMap, BTreeSet};

use super::heads::Look;
use super::queue_access::{Passage, QueueAccess};
use super::queued_job::{KeyDigest, LaneKey, Position, Share};
use super::ready_order::ReadyOrder;
use super::row::{Lie, Row};
use super::scan::Scan;
use super::scope::Scope;
use super::symbols::Symbol;
use crate::domain::{Gate, RateState, TaskSettings, Timestamp};

/// With more heads than this, a queue with a gate has an order of its own: a start may close its gate and an end
/// open it, and either moves so many heads.
const SHARED_HEADS_MAX: usize = 8;

/// One task.
#[derive(Default)]
pub struct TaskJobs {
    /// Its settings.
    pub settings: TaskSettings,
    /// When the next start is expected.
    pub rate_state: RateState,
    /// Number of its jobs that run.
    pub running: usize,
    /// Whether a host has ever asked for its jobs.
    offered: bool,
    /// Its waiting jobs by queue.
    pub(super) rows: BTreeMap<Symbol, Row>,
    /// The heads of open queues.
    pub(super) shared: ReadyOrder,
    /// Open queues that have an order of their own.
    apart: BTreeSet<Symbol>,
    /// Queues that wait for the end of a job.
    pub(super) full: BTreeSet<Symbol>,
    /// Queues that wait for a time.
    pub(super) rated: BTreeSet<(Timestamp, Symbol)>,
}

impl TaskJobs {
    /// The gate before it.
    pub fn gate(&self) -> Gate {
        Gate { settings: self.settings.gate, rate_state: self.rate_state, running: self.running }
    }

    /// Whether a host has ever asked for its jobs.
    pub fn is_offered(&self) -> bool {
        self.offered
    }

    /// Whether none of its jobs waits for its time or for capacity.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The queues in which its jobs wait.
    pub fn queues(&self) -> Vec<Symbol> {
        self.rows.keys().copied().collect()
    }

    /// The concurrency keys of its waiting jobs in one queue.
    pub fn keys(&self, queue: Symbol) -> Vec<KeyDigest> {
        self.rows.get(&queue).map(Row::keys).unwrap_or_default()
    }

    /// Whether jobs of a concurrency key of one queue wait.
    pub fn has_key(&self, queue: Symbol, key: &KeyDigest) -> bool {
        self.rows.get(&queue).is_some_and(|row| row.has_key(key))
    }

    /// Keeps its jobs in order from now on: the caller refits each of its queues.
    pub fn offer(&mut self) {
        self.offered = true;
    }

    /// Adds a job without a concurrency key, or takes it out.
    pub fn change(&mut self, queue: Symbol, (lane, position): (LaneKey, Position), comes: bool) {
        let row = self.rows.entry(queue).or_insert_with(|| Row::new(queue));
        if comes {
            row.insert(lane, position, &mut self.shared);
        } else {
            row.remove(lane, position, &mut self.shared);
        }
    }

    /// Adds a job of a concurrency key, or takes it out. Returns whether that may change which one of the key is
    /// next.
    pub fn change_key(
        &mut self,
        queue: Symbol,
        key: KeyDigest,
        job: (LaneKey, Position),
        comes: bool,
    ) -> bool {
        let row = self.rows.entry(queue).or_insert_with(|| Row::new(queue));
        row.change_key(key, job, comes, &mut self.shared)
    }

    /// Chooses the next job of a concurrency key anew. Says how much was moved.
    pub fn refresh_key(&mut self, queue: Symbol, key: KeyDigest, is_open: bool) -> u64 {
        let row = self.rows.get_mut(&queue);
        row.map_or(0, |row| row.refresh_key(key, is_open, &mut self.shared))
    }

    /// Moves the heads of a queue to their order, after its jobs or its gate changed. Returns whether the
    /// queue must report the next change of its gate, and how many heads were moved.
    pub fn refit(&mut self, queue: Symbol, before: QueueAccess, access: QueueAccess) -> (bool, u64) {
        let Some(row) = self.rows.get_mut(&queue) else { return (false, 0) };
        let (is_empty, waits) = (row.is_empty(), self.offered && !row.is_idle());
        let lie = match access.passage {
            _ if !waits => Lie::Nowhere,
            _ if access.chosen || access.limited && row.width() > SHARED_HEADS_MAX => Lie::Apart,
            Passage::Open => Lie::Shared,
            _ => Lie::Nowhere,
        };
        let mut moved = 0;
        if lie != row.lie() {
            row.lay(lie, &mut self.shared);
            moved = row.width() as u64;
        }
        if is_empty {
            self.rows.remove(&queue);
        }
        if self.offered {
            self.list(queue, before.passage, None);
            self.list(queue, access.passage, waits.then_some(lie));
        }
        (waits, moved)
    }

    /// Takes a queue out of the list of its passage, or into it.
    fn list(&mut self, queue: Symbol, passage: Passage, lie: Option<Lie>) {
        match passage {
            Passage::Open if lie == Some(Lie::Apart) => drop(self.apart.insert(queue)),
            Passage::Open => drop(self.apart.remove(&queue)),
            Passage::Full if lie.is_some() => drop(self.full.insert(queue)),
            Passage::Full => drop(self.full.remove(&queue)),
            Passage::Rated(time) if lie.is_some() => drop(self.rated.insert((time, queue))),
            Passage::Rated(time) => drop(self.rated.remove(&(time, queue))),
            Passage::Paused => {}
        }
    }

    /// Finds the due job that is next, of those that no gate of a queue holds back.
    pub fn look(&mut self, scope: &Scope, scan: &mut Scan<'_>) -> Look {
        let mut look = Look::default();
        if scope.includes_unnamed() {
            look = self.look_at_shared(scan);
        }
        for queue in scope.of(&self.apart) {
            let row = self.rows.get_mut(&queue);
            look = row.map_or(look, |row| look.and(row.look(&mut self.shared, scan)));
        }
        look
    }

    fn look_at_shared(&mut self, scan: &mut Scan<'_>) -> Look {
        while let Some((queue, key)) = self.shared.stale(scan.now)
            && let Some(row) = self.rows.get_mut(&queue)
        {
            row.choose(key, &mut self.shared, scan);
        }
        self.shared.look(scan)
    }

    /// Makes the next look order these lanes anew, after their virtual times were restored.
    pub fn lay_anew(&mut self, share: Share, steps: &mut u64) {
        self.shared.heads.lay_anew(share, steps);
        self.rows.values_mut().for_each(|row| row.lay_anew(share, steps));
    }

    /// The same within a concurrency key of one queue.
    pub fn lay_key_anew(&mut self, queue: Symbol, key: &KeyDigest, share: Share, steps: &mut u64) {
        if let Some(row) = self.rows.get_mut(&queue) {
            row.lay_key_anew(key, share, steps);
        }
    }
}
