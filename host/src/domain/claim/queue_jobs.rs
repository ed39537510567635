//! One queue: its gate, its concurrency keys, and which tasks must hear when the gate opens or closes.

use std::collections::BTreeSet;

use super::flow::{Flow, Passage};
use super::keys::Keys;
use super::queued_job::{Lane, Position};
use super::symbols::Symbol;
use super::task_jobs::TaskJobs;
use crate::domain::{Arrival, Gate, QueueSettings, Timestamp};

/// One queue.
#[derive(Default)]
pub struct QueueJobs {
    /// A queue's settings.
    pub settings: QueueSettings,
    /// When the next start is expected.
    pub arrival: Arrival,
    /// How many of its jobs run.
    pub running: usize,
    /// Its concurrency keys.
    pub keys: Keys,
    /// What the tasks know of its gate.
    pub flow: Flow,
    /// The tasks that some host runs and of which jobs wait here.
    pub tasks: BTreeSet<Symbol>,
    /// By which time it is listed among the queues with a rate.
    pub listed: Option<Timestamp>,
}

impl QueueJobs {
    /// The gate before it.
    pub fn gate(&self) -> Gate {
        Gate { settings: self.settings.gate, arrival: self.arrival, running: self.running }
    }

    /// What the tasks must know of its gate at this time.
    pub fn flow_at(&self, now: Timestamp) -> Flow {
        let gate = self.settings.gate;
        let limited = gate.concurrency.is_some() || gate.rate.is_some();
        Flow { passage: Passage::of(&self.gate(), now), limited, chosen: self.flow.chosen }
    }

    /// From when on its rate lets a job start, if it has one.
    pub fn opens_at(&self) -> Option<Timestamp> {
        self.gate().opens_at()
    }
}

/// The jobs of one queue that no concurrency key holds back, within those of all tasks.
pub struct Ready<'a> {
    /// The queue.
    pub queue: Symbol,
    /// What the tasks know of its gate.
    pub flow: Flow,
    /// The tasks that must hear of its gate.
    pub offered: &'a mut BTreeSet<Symbol>,
    /// All tasks.
    pub tasks: &'a mut [TaskJobs],
    /// Counts what is moved.
    pub steps: &'a mut u64,
}

impl Ready<'_> {
    /// Adds a job.
    pub fn insert(&mut self, lane: Lane, position: Position) {
        *self.steps += 1;
        self.tasks[lane.task.index()].insert(self.queue, lane, position);
        self.refit(lane.task, self.flow);
    }

    /// Takes a job out.
    pub fn remove(&mut self, lane: Lane, position: Position) {
        *self.steps += 1;
        self.tasks[lane.task.index()].remove(self.queue, lane, position);
        self.refit(lane.task, self.flow);
    }

    /// Lets the heads of a task lie where they belong.
    pub fn refit(&mut self, task: Symbol, before: Flow) {
        let (waits, moved) = self.tasks[task.index()].refit(self.queue, before, self.flow);
        *self.steps += moved;
        if waits {
            self.offered.insert(task);
        } else {
            self.offered.remove(&task);
        }
    }
}
