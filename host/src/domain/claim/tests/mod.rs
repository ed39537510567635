//! The order of starts, and the steps to find the next job.

mod costs;
mod keys;
mod order;
mod undo;

use std::collections::{BTreeMap, HashMap};
use std::num::NonZeroU32;

use super::*;
use crate::domain::tests::samples::{at, id, numbers};
use crate::domain::{Code, Digest, GateSettings, JobId, PluginName, PluginRef, QueueChoice};

/// An index, the jobs that it follows, and who claims them.
struct Scene {
    index: ClaimIndex,
    jobs: BTreeMap<JobId, QueuedJob>,
    queues: QueueChoice,
    routes: HashMap<TaskName, Code>,
    capacity: HashMap<PluginName, usize>,
    /// Savepoints of the latest changes, once they are wanted.
    undos: Option<Vec<Undo>>,
}

/// The undo of a change of a job.
struct Undo {
    id: JobId,
    before: Option<QueuedJob>,
    savepoints: Vec<FairnessSavepoint>,
}

fn digest(number: u64) -> Option<KeyDigest> {
    Some(u128::from(number).to_be_bytes())
}

impl Scene {
    /// A host that works all queues and runs the task `t` by the plugin `t`.
    fn new() -> Self {
        let mut scene = Self {
            index: ClaimIndex::default(),
            jobs: BTreeMap::new(),
            queues: QueueChoice::All,
            routes: HashMap::new(),
            capacity: HashMap::new(),
            undos: None,
        };
        scene.run_task("t");
        scene
    }

    fn run_task(&mut self, name: &str) {
        let plugin = PluginRef { name: name.parse().unwrap(), version: 1, digest: Digest::of(b"") };
        self.routes.insert(name.parse().unwrap(), Code::Plugin(plugin));
    }

    fn queue(&mut self, name: &str) -> Symbol {
        self.index.queue_symbol(&name.parse().unwrap())
    }

    fn task(&mut self, name: &str) -> Symbol {
        self.index.task_symbol(&name.parse().unwrap())
    }

    /// A job that is due at the second 0, of the task `t`.
    fn waiting_in(&mut self, queue: &str) -> QueuedJob {
        QueuedJob {
            status: QueuedStatus::Pending { due_at: at(0) },
            queue: self.queue(queue),
            task: self.task("t"),
            priority: 0,
            key: None,
            strict_order: None,
            share: Share::default(),
            weight: 1,
        }
    }

    /// The same in the queue `a`.
    fn waiting(&mut self) -> QueuedJob {
        self.waiting_in("a")
    }

    fn keyed(&mut self, key: u64) -> QueuedJob {
        QueuedJob { key: digest(key), ..self.waiting() }
    }

    fn fair(&mut self, key: u64) -> QueuedJob {
        QueuedJob { share: Share { caller: None, key: digest(key) }, ..self.waiting() }
    }

    fn change(&mut self, id: JobId, job: Option<QueuedJob>) {
        let before = self.jobs.remove(&id);
        if let Some(undos) = &mut self.undos {
            let savepoints = self.index.savepoints(before.as_ref(), job.as_ref()).collect();
            undos.push(Undo { id, before, savepoints });
        }
        self.index.follow(id, before.as_ref(), job.as_ref());
        self.jobs.extend(job.map(|job| (id, job)));
    }

    /// Makes changes, and takes them back.
    fn refuse(&mut self, changes: impl FnOnce(&mut Self)) {
        self.undos = Some(Vec::new());
        changes(self);
        for Undo { id, before, savepoints } in self.undos.take().into_iter().flatten().rev() {
            let after = self.jobs.remove(&id);
            self.index.replace(id, after.as_ref(), before.as_ref());
            savepoints.into_iter().rev().for_each(|savepoint| self.index.restore(savepoint));
            self.jobs.extend(before.map(|job| (id, job)));
        }
    }

    fn put(&mut self, number: u64, job: QueuedJob) {
        self.change(id(number), Some(job));
    }

    fn finish(&mut self, number: u64) {
        self.change(id(number), None);
    }

    /// Starts one job after the other, each when the one before it has ended.
    fn run_one_by_one(&mut self, count: usize, now: Timestamp) -> Vec<JobId> {
        let mut started = Vec::new();
        for _ in 0..count {
            let claimed = self.claim(1, now);
            claimed.iter().for_each(|id| self.change(*id, None));
            started.extend(claimed);
        }
        started
    }

    fn set(&mut self, queue: &str, gate: GateSettings) {
        self.set_all(queue, QueueSettings { gate, ..QueueSettings::default() });
    }

    fn set_all(&mut self, queue: &str, settings: QueueSettings) {
        let queue = self.queue(queue);
        self.index.set_queue(queue, settings, RateState::default());
    }

    fn claim(&mut self, limit: usize, now: Timestamp) -> Vec<JobId> {
        self.claim_and_look(limit, now).0
    }

    fn claim_and_look(&mut self, limit: usize, now: Timestamp) -> (Vec<JobId>, Behind) {
        let (queues, routes, capacity) = (self.queues.clone(), self.routes.clone(), self.capacity.clone());
        let claimant = Claimant { queues: &queues, routes: &routes, capacity: &capacity, now };
        let mut plan = ClaimPlan::new(claimant, &mut self.index);
        let mut started = Vec::new();
        while started.len() < limit
            && let Some(next) = plan.next(&mut self.index)
        {
            let job = QueuedJob { status: QueuedStatus::Running, ..self.jobs[&next] };
            self.change(next, Some(job));
            let (settings, _) = self.index.queue_settings(job.queue);
            let rate_state = self.index.queue_gate(job.queue).after(1, now).rate_state;
            self.index.set_queue(job.queue, settings, rate_state);
            let (settings, _) = self.index.task_settings(job.task);
            self.index.set_task(job.task, settings, self.index.task_gate(job.task).after(1, now).rate_state);
            plan.count_start();
            started.push(next);
        }
        let behind = plan.behind(&mut self.index);
        (started, behind)
    }

    /// Steps of a claim that finds two jobs of another queue and task.
    fn steps_to_two(&mut self, now: Timestamp) -> u64 {
        self.run_task("free");
        for number in [u64::MAX - 1, u64::MAX] {
            let job = QueuedJob { task: self.task("free"), priority: -9, ..self.waiting_in("free") };
            self.put(number, job);
        }
        let before = self.index.steps();
        assert_eq!(self.claim(9, now), [u64::MAX - 1, u64::MAX].map(id));
        self.index.steps() - before
    }
}

fn at_most(count: u32) -> GateSettings {
    GateSettings { concurrency: NonZeroU32::new(count), ..GateSettings::default() }
}

fn rated(rate: &str) -> GateSettings {
    GateSettings { rate: rate.parse().ok(), ..GateSettings::default() }
}

fn paused() -> GateSettings {
    GateSettings { paused: true, ..GateSettings::default() }
}
