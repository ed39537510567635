//! Claims in the model: the first of all jobs that may start, again and again.

use std::cmp::Reverse;
use std::collections::HashMap;

use taskbox::domain::transition::{self, LeaseGrant};
use taskbox::domain::{
    Admission, FirstInOrder, FullJob, Gate, Job, JobGates, JobId, KeyAdmission, KeyGate, Phase, PluginName,
    QueueName, TaskName, Timestamp,
};
use taskbox::ports::{ClaimRequest, Claimed, StorageResult};

use super::fairness::{FairQueues, KeyName, key_name, share};
use super::{Everything, Row};

impl Everything {
    pub(super) fn claim(&mut self, request: &ClaimRequest) -> StorageResult<Claimed> {
        let mut claimed = Claimed::default();
        let mut capacity = request.capacity.clone();
        while claimed.jobs.len() + claimed.expired.len() < request.limit
            && let Some(id) = self.next(request, &capacity)
        {
            let (job, order) = self.job_and_order(id)?;
            let code = request.routes.get(&job.spec.task).cloned();
            let room = code.as_ref().and_then(|code| capacity.get_mut(code.grantee()));
            let grant = LeaseGrant {
                token: request.token,
                worker: request.worker.clone(),
                holder: request.holder,
                expires_at: request.lease_until,
                code: code.clone(),
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
        self.look_behind(request, &capacity, &mut claimed);
        let followed = self.propagate(request.now)?;
        if !followed.is_empty() {
            claimed.next_due = claimed.next_due.into_iter().chain([request.now]).min();
        }
        claimed.expired.first_mut().into_iter().for_each(|expired| expired.followed.clone_from(&followed));
        claimed.unfinished = !self.unfinished.is_empty();
        Ok(claimed)
    }

    fn next(&self, request: &ClaimRequest, capacity: &HashMap<PluginName, usize>) -> Option<JobId> {
        let may_start = |job: &&Job| {
            request.queues.includes(&job.spec.queue)
                && request.routes.contains_key(&job.spec.task)
                && self.admission(job, request, capacity).room() > 0
                && self.is_first_of_its_key(job, request.now)
        };
        // The gates count all jobs, so they are asked about the first ones only.
        let mut due: Vec<_> = self.due(request.now).collect();
        due.sort_by_cached_key(|job| place(job, &self.fairness.overall));
        due.into_iter().find(may_start).map(|job| job.spec.id)
    }

    fn due(&self, now: Timestamp) -> impl Iterator<Item = &Job> {
        let is_due = move |job: &&Job| job.state.due_at().is_some_and(|due_at| due_at <= now);
        self.jobs.values().map(|row| &row.job).filter(is_due)
    }

    /// Whether its concurrency key lets it start, before the others of the key and of its task.
    fn is_first_of_its_key(&self, job: &Job, now: Timestamp) -> bool {
        let Some(key) = key_name(job) else { return true };
        let (gate, nobody) = (self.key_gate(&key), FairQueues::in_rounds());
        let fair_queues = self.fairness.within(&key).unwrap_or(&nobody);
        let is_rival = |rival: &&Job| {
            rival.spec.task == job.spec.task
                && key_name(rival).as_ref() == Some(&key)
                && gate.admission(rival.spec.id, rival.spec.options.flow.strict_order) == KeyAdmission::Open
        };
        let first = self.due(now).filter(is_rival).min_by_key(|rival| place(rival, fair_queues));
        first.is_some_and(|first| first.spec.id == job.spec.id)
    }

    /// Lets turns and rates know that a job starts.
    fn count_start(&mut self, job: &Job, now: Timestamp) {
        let (queue, task) = (&job.spec.queue, &job.spec.task);
        self.fairness.start(job);
        let arrivals =
            [self.queue_gate(queue), self.task_gate(task)].map(|gate| gate.after(1, now).rate_state);
        self.queues.entry(queue.clone()).or_default().1 = arrivals[0];
        self.tasks.entry(task.clone()).or_default().1 = arrivals[1];
    }

    /// Says when those may start that were not taken.
    fn look_behind(
        &self,
        request: &ClaimRequest,
        capacity: &HashMap<PluginName, usize>,
        claimed: &mut Claimed,
    ) {
        for job in self.jobs.values().map(|row| &row.job) {
            let Some(due_at) = job.state.due_at() else { continue };
            if !request.queues.includes(&job.spec.queue) {
                continue;
            }
            let key = self.key_admission(job);
            claimed.held |= key == KeyAdmission::Held;
            if key == KeyAdmission::Open && request.routes.contains_key(&job.spec.task) {
                let admission = self.admission(job, request, capacity);
                claimed.held |= admission == Admission::Full && due_at <= request.now;
                let next = admission.next_start(due_at.max(request.now));
                claimed.next_due = claimed.next_due.into_iter().chain(next).min();
            }
        }
    }

    fn admission(
        &self,
        job: &Job,
        request: &ClaimRequest,
        capacity: &HashMap<PluginName, usize>,
    ) -> Admission {
        let code = request.routes.get(&job.spec.task);
        let free = code.and_then(|code| capacity.get(code.grantee()));
        let places = free.map_or(Admission::Room(usize::MAX), |free| Admission::of_places(*free));
        let gates = [self.queue_gate(&job.spec.queue), self.task_gate(&job.spec.task)];
        gates.iter().fold(places, |places, gate| places.and(gate.admission(request.now)))
    }

    fn key_admission(&self, job: &Job) -> KeyAdmission {
        let gate = key_name(job).map(|key| self.key_gate(&key));
        gate.map_or(KeyAdmission::Open, |gate| {
            gate.admission(job.spec.id, job.spec.options.flow.strict_order)
        })
    }

    fn key_gate(&self, key: &KeyName) -> KeyGate {
        let of_key = |row: &&Row| {
            let job = &row.job;
            job.spec.queue == key.0
                && job.spec.options.flow.concurrency_key.as_ref() == Some(&key.1)
                && !job.state.phase.is_final()
        };
        let jobs = || self.jobs.values().filter(of_key);
        let strict = jobs().filter_map(|row| Some((row.strict_order?, &row.job)));
        let first = strict.min_by_key(|(number, _)| *number);
        KeyGate {
            most: self.queues.get(&key.0).copied().unwrap_or_default().0.most_of_a_key(),
            running: jobs().filter(|row| runs(&&row.job)).count(),
            first: first.map(|(_, first)| FirstInOrder { id: first.spec.id, runs: runs(&first) }),
        }
    }

    pub(super) fn queue_gate(&self, name: &QueueName) -> Gate {
        let (settings, rate_state) = self.queues.get(name).copied().unwrap_or_default();
        Gate { settings: settings.gate, rate_state, running: self.running(|job| job.spec.queue == *name) }
    }

    pub(super) fn task_gate(&self, name: &TaskName) -> Gate {
        let (settings, rate_state) = self.tasks.get(name).copied().unwrap_or_default();
        Gate { settings: settings.gate, rate_state, running: self.running(|job| job.spec.task == *name) }
    }

    /// The gates before a job that is not final.
    pub(super) fn gates(&self, id: JobId) -> Option<JobGates> {
        let job = self.jobs.get(&id).map(|row| &row.job).filter(|job| !job.state.phase.is_final())?;
        let key = key_name(job);
        let gate = key.as_ref().map(|key| self.key_gate(key));
        let is_full = gate.is_some_and(|gate| !gate.has_capacity());
        let holds = |row: &&Row| runs(&&row.job) && key_name(&row.job) == key;
        let running = self.jobs.values().find(holds).filter(|_| is_full);
        Some(JobGates {
            queue: self.queue_gate(&job.spec.queue),
            task: self.task_gate(&job.spec.task),
            key: gate,
            key_holder: running.map(|row| row.job.spec.id),
        })
    }

    fn running(&self, of: impl Fn(&Job) -> bool) -> usize {
        self.jobs.values().filter(|row| of(&row.job) && runs(&&row.job)).count()
    }
}

/// Where a job stands among all that are due: the lowest starts first.
fn place(job: &Job, fair_queues: &FairQueues) -> impl Ord + use<> {
    let (caller, key) = share(job);
    let (of_caller, of_key) = fair_queues.virtual_times(&caller, &key);
    (Reverse(job.spec.priority), of_caller, caller, of_key, job.state.due_at(), job.spec.id)
}

fn runs(job: &&Job) -> bool {
    matches!(job.state.phase, Phase::Running { .. })
}
