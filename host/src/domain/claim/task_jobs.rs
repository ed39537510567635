//! Waiting jobs of one task over all queues, so that the next one is found by a look at few of them.
//!
//! The heads of all queues lie in one order, and a queue whose gate closes takes its own out: to take out many
//! costs much, so a queue with a gate and with many fairness keys has an order of its own, which a claim asks
//! beside the shared one or leaves aside. What no host runs is kept without any order.

use std::collections::{BTreeMap, BTreeSet};

use super::flow::{Flow, Passage};
use super::heads::{Heads, Rank};
use super::queued_job::{Lane, Position};
use super::row::{Lie, Row};
use super::scan::Scan;
use super::symbols::Symbol;
use crate::domain::{Admission, Arrival, Gate, TaskSettings, Timestamp};

/// With more fairness keys and priorities than this, a queue with a gate has an order of its own: a start may
/// close its gate and an end open it, and either moves so many heads.
const SHARED_HEADS_MAX: usize = 8;

/// One task.
#[derive(Default)]
pub struct TaskJobs {
    /// How its jobs are held back.
    pub settings: TaskSettings,
    /// When the next start is expected.
    pub arrival: Arrival,
    /// How many of its jobs run.
    pub running: usize,
    /// Whether a host has ever asked for its jobs.
    offered: bool,
    /// Its waiting jobs by queue.
    rows: BTreeMap<Symbol, Row>,
    /// The heads of open queues.
    shared: Heads,
    /// Open queues that have an order of their own.
    apart: BTreeSet<Symbol>,
    /// Queues that wait for the end of a job.
    full: BTreeSet<Symbol>,
    /// Queues that wait for a time.
    rated: BTreeSet<(Timestamp, Symbol)>,
}

/// The queues that a claim is for.
pub enum Scope {
    /// All.
    All,
    /// These.
    Only(BTreeSet<Symbol>),
    /// All but these.
    Except(BTreeSet<Symbol>),
}

impl Scope {
    /// Whether it has this queue.
    pub fn includes(&self, queue: Symbol) -> bool {
        match self {
            Scope::All => true,
            Scope::Only(queues) => queues.contains(&queue),
            Scope::Except(queues) => !queues.contains(&queue),
        }
    }

    /// Those of a set of queues that it has.
    pub fn of<'a>(&'a self, queues: &'a BTreeSet<Symbol>) -> Box<dyn Iterator<Item = Symbol> + 'a> {
        match self {
            Scope::All => Box::new(queues.iter().copied()),
            Scope::Only(named) => Box::new(named.iter().copied().filter(|queue| queues.contains(queue))),
            Scope::Except(named) => Box::new(queues.iter().copied().filter(|queue| !named.contains(queue))),
        }
    }
}

/// What is known of the jobs that a claim leaves behind.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Behind {
    /// When the next job may start, as far as time decides it.
    pub next_due: Option<Timestamp>,
    /// Whether a job waits for a running one to end.
    pub held: bool,
}

impl TaskJobs {
    /// The gate before it.
    pub fn gate(&self) -> Gate {
        Gate { settings: self.settings.gate, arrival: self.arrival, running: self.running }
    }

    /// Whether a host has ever asked for its jobs.
    pub fn is_offered(&self) -> bool {
        self.offered
    }

    /// Whether none of its jobs waits for its time or a place.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The queues in which its jobs wait.
    pub fn queues(&self) -> Vec<Symbol> {
        self.rows.keys().copied().collect()
    }

    /// Keeps its jobs in order from now on: the caller refits each of its queues.
    pub fn offer(&mut self) {
        self.offered = true;
    }

    /// Adds a job.
    pub fn insert(&mut self, queue: Symbol, lane: Lane, position: Position) {
        self.rows.entry(queue).or_default().insert(queue, lane, position, &mut self.shared);
    }

    /// Takes a job out.
    pub fn remove(&mut self, queue: Symbol, lane: Lane, position: Position) {
        if let Some(row) = self.rows.get_mut(&queue) {
            row.remove(queue, lane, position, &mut self.shared);
        }
    }

    /// Lets the heads of a queue lie where they belong, after its jobs or its gate changed. Says whether the
    /// queue must tell of the next change of its gate, and how many heads were moved.
    pub fn refit(&mut self, queue: Symbol, before: Flow, flow: Flow) -> (bool, u64) {
        let Some(row) = self.rows.get_mut(&queue) else { return (false, 0) };
        let is_empty = row.is_empty();
        if !self.offered {
            if is_empty {
                self.rows.remove(&queue);
            }
            return (false, 0);
        }
        let lie = match flow.passage {
            _ if is_empty => Lie::Nowhere,
            _ if flow.chosen || flow.limited && row.width() > SHARED_HEADS_MAX => Lie::Apart,
            Passage::Open => Lie::Shared,
            _ => Lie::Nowhere,
        };
        let mut moved = 0;
        if lie != row.lie() {
            row.lay(queue, lie, &mut self.shared);
            moved = row.width() as u64;
        }
        if is_empty {
            self.rows.remove(&queue);
        }
        self.list(queue, before.passage, None);
        self.list(queue, flow.passage, (!is_empty).then_some(lie));
        (!is_empty, moved)
    }

    /// Lays all heads anew, where they are.
    pub fn lay_anew(&mut self) {
        self.shared = Heads::default();
        for (queue, row) in &mut self.rows {
            row.lay_anew(*queue, &mut self.shared);
        }
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

    /// The rank of its due job that is next.
    pub fn first(&mut self, scope: &Scope, scan: &mut Scan<'_>) -> Option<Rank> {
        let mut best = match scope {
            Scope::Only(_) => None,
            Scope::All | Scope::Except(_) => self.shared.first(scan),
        };
        for queue in scope.of(&self.apart) {
            let first = self.rows.get_mut(&queue).and_then(Row::apart).and_then(|heads| heads.first(scan));
            best = best.into_iter().chain(first).min();
        }
        best
    }

    /// When those of its jobs may start that a claim did not take, if the task itself lets through this much.
    pub fn behind(&mut self, admission: Admission, scope: &Scope, scan: &mut Scan<'_>) -> Behind {
        let mut behind = Behind::default();
        if admission == Admission::Paused {
            return behind;
        }
        let due_at = self.next_due(scope, scan);
        behind.held = admission == Admission::Full && due_at.is_some_and(|due_at| due_at <= scan.now);
        behind.next_due = due_at.and_then(|due_at| admission.next_start(due_at));
        behind.held = behind.held || self.is_held(scope, scan);
        self.wait_for_rates(admission, scope, scan, &mut behind);
        behind
    }

    /// Whether a due job waits for the end of another one of its queue.
    fn is_held(&mut self, scope: &Scope, scan: &mut Scan<'_>) -> bool {
        let Self { rows, full, .. } = self;
        let is_due = |queue| {
            let due_at = rows.get_mut(&queue).and_then(|row: &mut Row| row.next_due(scan));
            due_at.is_some_and(|due_at| due_at <= scan.now)
        };
        scope.of(full).any(is_due)
    }

    /// Looks at the queues that wait for a time, the first one first, until those behind can say nothing new.
    fn wait_for_rates(
        &mut self,
        admission: Admission,
        scope: &Scope,
        scan: &mut Scan<'_>,
        behind: &mut Behind,
    ) {
        for (time, queue) in &self.rated {
            let is_known = match admission {
                Admission::Full => behind.held,
                _ => behind.next_due.is_some_and(|due_at| due_at <= *time),
            };
            if is_known {
                return;
            }
            *scan.steps += 1;
            if !scope.includes(*queue) {
                continue;
            }
            let Some(due_at) = self.rows.get_mut(queue).and_then(|row| row.next_due(scan)) else { continue };
            let admission = admission.and(Admission::At(*time));
            behind.held |= admission == Admission::Full && due_at <= scan.now;
            behind.next_due = behind.next_due.into_iter().chain(admission.next_start(due_at)).min();
        }
    }

    /// When the first job falls due of those that no gate of a queue holds back.
    fn next_due(&mut self, scope: &Scope, scan: &mut Scan<'_>) -> Option<Timestamp> {
        let mut due = match scope {
            Scope::Only(_) => None,
            Scope::All | Scope::Except(_) => self.shared.next_due(scan),
        };
        for queue in scope.of(&self.apart) {
            let next = self.rows.get_mut(&queue).and_then(|row| row.next_due(scan));
            due = due.into_iter().chain(next).min();
        }
        due
    }
}
