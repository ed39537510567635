//! Claims in the model: the first of all jobs that may start, again and again.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use taskbox::domain::transition::{self, LeaseGrant};
use taskbox::domain::{
    Admission, FirstInOrder, FullJob, Gate, Job, JobId, KEY_LANES_MAX, KeyAdmission, KeyGate, Phase,
    PluginName, QueueName, TaskName, Timestamp,
};
use taskbox::ports::{ClaimRequest, Claimed, StorageResult};

use super::Everything;
use super::turns::{share, weight};

impl Everything {
    pub(super) fn claim(&mut self, request: &ClaimRequest) -> StorageResult<Claimed> {
        let mut claimed = Claimed::default();
        let mut rooms = request.rooms.clone();
        while claimed.jobs.len() + claimed.expired.len() < request.limit
            && let Some(id) = self.next(request, &rooms)
        {
            let (job, order) = self.job_and_order(id)?;
            let plugin = request.routes.get(&job.spec.task).cloned();
            let room = plugin.as_ref().and_then(|plugin| rooms.get_mut(&plugin.name));
            let grant = LeaseGrant {
                token: request.token,
                worker: request.worker.clone(),
                expires_at: request.lease_until,
                plugin: plugin.clone(),
            };
            let change = transition::claim(&job, order.as_ref(), grant, request.now)?;
            if change.state.phase.is_final() {
                claimed.expired.push(self.write_change(id, change)?);
                continue;
            }
            room.into_iter().for_each(|room| *room -= 1);
            self.count_start(&job, request.now);
            let job = self.write_change(id, change)?.job;
            claimed.jobs.push(FullJob { job, payload: self.row(id)?.payload.clone() });
        }
        self.look_behind(request, &rooms, &mut claimed);
        let (followed, more) = self.go_on_telling(request.now)?;
        if more || !followed.is_empty() {
            claimed.next_due = claimed.next_due.into_iter().chain([request.now]).min();
        }
        claimed.followed = followed;
        Ok(claimed)
    }

    fn next(&self, request: &ClaimRequest, rooms: &HashMap<PluginName, usize>) -> Option<JobId> {
        let is_due = |job: &&Job| job.state.due_at().is_some_and(|due_at| due_at <= request.now);
        let may_start = |job: &&Job| {
            request.queues.includes(&job.spec.queue)
                && request.routes.contains_key(&job.spec.task)
                && self.admission(job, request, rooms).room() > 0
                && self.key_admission(job) == KeyAdmission::Open
        };
        let place = |job: &Job| {
            let (caller, key) = share(job);
            let (of_caller, of_key) = self.turns.turns.turns(&caller, &key);
            (Reverse(job.spec.priority), of_caller, caller, of_key, job.state.due_at(), job.spec.id)
        };
        // The gates count all jobs, so they are asked about the first ones only.
        let mut due: Vec<_> = self.jobs.values().map(|row| &row.job).filter(is_due).collect();
        due.sort_by_cached_key(|job| place(job));
        due.into_iter().find(may_start).map(|job| job.spec.id)
    }

    /// Lets turns and rates know that a job starts.
    fn count_start(&mut self, job: &Job, now: Timestamp) {
        let (queue, task) = (&job.spec.queue, &job.spec.task);
        let (caller, key) = share(job);
        self.turns.turns.start(&caller, &key, weight(&job.spec.options.lane));
        let arrivals = [self.queue_gate(queue), self.task_gate(task)].map(|gate| gate.after(1, now).arrival);
        self.queues.entry(queue.clone()).or_default().1 = arrivals[0];
        self.tasks.entry(task.clone()).or_default().1 = arrivals[1];
    }

    /// Says when those may start that were not taken.
    fn look_behind(&self, request: &ClaimRequest, rooms: &HashMap<PluginName, usize>, claimed: &mut Claimed) {
        for job in self.jobs.values().map(|row| &row.job) {
            let Some(due_at) = job.state.due_at() else { continue };
            if !request.queues.includes(&job.spec.queue) {
                continue;
            }
            let key = self.key_admission(job);
            claimed.held |= key == KeyAdmission::Held;
            if key == KeyAdmission::Open && request.routes.contains_key(&job.spec.task) {
                let admission = self.admission(job, request, rooms);
                claimed.held |= admission == Admission::Full && due_at <= request.now;
                let next = admission.next_start(due_at.max(request.now));
                claimed.next_due = claimed.next_due.into_iter().chain(next).min();
            }
        }
    }

    fn admission(&self, job: &Job, request: &ClaimRequest, rooms: &HashMap<PluginName, usize>) -> Admission {
        let plugin = request.routes.get(&job.spec.task);
        let free = plugin.and_then(|plugin| rooms.get(&plugin.name));
        let places = free.map_or(Admission::Room(usize::MAX), |free| Admission::of_places(*free));
        let gates = [self.queue_gate(&job.spec.queue), self.task_gate(&job.spec.task)];
        gates.iter().fold(places, |places, gate| places.and(gate.admission(request.now)))
    }

    fn key_admission(&self, job: &Job) -> KeyAdmission {
        let lane = &job.spec.options.lane;
        if lane.concurrency_key.is_none() {
            return KeyAdmission::Open;
        }
        let same = |other: &&Job| {
            other.spec.queue == job.spec.queue
                && other.spec.options.lane.concurrency_key == lane.concurrency_key
                && !other.state.phase.is_final()
        };
        let others = || self.jobs.values().map(|row| &row.job).filter(same);
        let first = others().find(|other| other.spec.options.lane.strict_order);
        let gate = KeyGate {
            most: self.queues.get(&job.spec.queue).cloned().unwrap_or_default().0.most_of_a_key(),
            running: others().filter(runs).count(),
            first: first.map(|first| FirstInOrder { id: first.spec.id, runs: runs(&first) }),
        };
        match gate.admission(job.spec.id, lane.strict_order) {
            KeyAdmission::Open if !lane.strict_order && !is_among_the_first(job, others()) => {
                KeyAdmission::Behind
            }
            admission => admission,
        }
    }

    pub(super) fn queue_gate(&self, name: &QueueName) -> Gate {
        let (settings, arrival) = self.queues.get(name).copied().unwrap_or_default();
        Gate { settings: settings.gate, arrival, running: self.running(|job| job.spec.queue == *name) }
    }

    pub(super) fn task_gate(&self, name: &TaskName) -> Gate {
        let (settings, arrival) = self.tasks.get(name).copied().unwrap_or_default();
        Gate { settings: settings.gate, arrival, running: self.running(|job| job.spec.task == *name) }
    }

    fn running(&self, of: impl Fn(&Job) -> bool) -> usize {
        self.jobs.values().filter(|row| of(&row.job) && runs(&&row.job)).count()
    }
}

/// Whether it is the first job of one of the fairness keys that wait longest, of its concurrency key, task,
/// priority and caller.
fn is_among_the_first<'a>(job: &Job, others: impl Iterator<Item = &'a Job>) -> bool {
    let mut firsts = BTreeMap::new();
    let same = |job: &Job| (job.spec.task.clone(), job.spec.priority, job.spec.submitter.clone());
    for other in others.filter(|other| !other.spec.options.lane.strict_order && same(other) == same(job)) {
        let Some(due_at) = other.state.due_at() else { continue };
        let position = (due_at, other.spec.id);
        let first = firsts.entry(other.spec.options.lane.fairness_key.clone()).or_insert(position);
        *first = position.min(*first);
    }
    let mut firsts: Vec<_> = firsts.into_values().collect();
    firsts.sort();
    firsts.iter().take(KEY_LANES_MAX).any(|(_, id)| *id == job.spec.id)
}

fn runs(job: &&Job) -> bool {
    matches!(job.state.phase, Phase::Running { .. })
}
