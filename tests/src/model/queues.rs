//! Queues in the model: their gates, their numbers, and the claims that go through.

use std::collections::BTreeMap;

use async_trait::async_trait;
use taskbox::domain::transition::{self, LeaseGrant};
use taskbox::domain::{Admission, Gate, JobId, Phase, QueueChange, QueueName, Timestamp};
use taskbox::ports::{ClaimRequest, Claimed, QueueStats, QueueStore, StorageResult};

use super::{Everything, ModelStorage};

#[async_trait]
impl QueueStore for ModelStorage {
    async fn configure_queue(
        &self,
        name: QueueName,
        change: QueueChange,
        now: Timestamp,
    ) -> StorageResult<()> {
        self.write(|all| {
            let gate = all.gate(&name).changed(&change, now);
            all.gates.insert(name, gate);
            Ok(())
        })
    }

    async fn queue(&self, name: QueueName, now: Timestamp) -> StorageResult<Option<QueueStats>> {
        Ok(self.read(|all| all.queues(now).into_iter().find(|stats| stats.name == name)))
    }

    async fn queues(&self, now: Timestamp) -> StorageResult<Vec<QueueStats>> {
        Ok(self.read(|all| all.queues(now)))
    }
}

impl Everything {
    pub(super) fn claim(&mut self, request: &ClaimRequest) -> StorageResult<Claimed> {
        let mut claimed = Claimed::default();
        for id in self.let_through(request) {
            let (job, order) = self.job_and_order(id)?;
            let grant = LeaseGrant {
                token: request.token,
                worker: request.worker.clone(),
                expires_at: request.lease_until,
                plugin: request.routes.get(&job.spec.task).cloned(),
            };
            let change = transition::claim(&job, order.as_ref(), grant, request.now)?;
            let gate = self.gate(&job.spec.queue);
            match self.write_change(id, change)?.job {
                job if job.state.phase.is_final() => claimed.expired.push(id),
                job => {
                    self.gates.insert(job.spec.queue.clone(), gate.after(1, request.now));
                    claimed.jobs.push(job);
                }
            }
        }
        for (_, due_at, id) in self.waiting() {
            let queue = &self.jobs[&id].job.spec.queue;
            if !request.queues.includes(queue) {
                continue;
            }
            let admission = self.gate(queue).admission(request.now);
            claimed.held |= admission == Admission::Full && due_at <= request.now;
            claimed.next_due = claimed.next_due.into_iter().chain(admission.next_start(due_at)).min();
        }
        let (followed, more) = self.go_on_telling(request.now)?;
        if more || !followed.is_empty() {
            claimed.next_due = claimed.next_due.into_iter().chain([request.now]).min();
        }
        claimed.followed = followed;
        Ok(claimed)
    }

    /// The due jobs that a claim takes: it sees all gates as they were when it began.
    fn let_through(&self, request: &ClaimRequest) -> Vec<JobId> {
        let mut rooms: BTreeMap<QueueName, usize> = BTreeMap::new();
        let mut ids = Vec::new();
        for (_, due_at, id) in self.waiting() {
            let queue = &self.jobs[&id].job.spec.queue;
            let room = || self.gate(queue).admission(request.now).room();
            let room = rooms.entry(queue.clone()).or_insert_with(room);
            if request.queues.includes(queue)
                && due_at <= request.now
                && *room > 0
                && ids.len() < request.limit
            {
                *room -= 1;
                ids.push(id);
            }
        }
        ids
    }

    fn gate(&self, name: &QueueName) -> Gate {
        let runs = |row: &&super::Row| {
            row.job.spec.queue == *name && matches!(row.job.state.phase, Phase::Running { .. })
        };
        let running = self.jobs.values().filter(runs).count();
        Gate { running, ..self.gates.get(name).cloned().unwrap_or_default() }
    }

    fn queues(&self, now: Timestamp) -> Vec<QueueStats> {
        let mut queues = BTreeMap::new();
        for (name, gate) in self.gates.iter().filter(|(_, gate)| gate.settings != Default::default()) {
            let stats = QueueStats { settings: gate.settings.clone(), ..QueueStats::empty(name.clone()) };
            queues.insert(name.clone(), stats);
        }
        for row in self.jobs.values() {
            let name = row.job.spec.queue.clone();
            let stats = queues.entry(name.clone()).or_insert_with(|| QueueStats::empty(name));
            *stats.counts.entry(row.job.state_name(now)).or_default() += 1;
            if let Some(due_at) = row.job.state.due_at().filter(|due_at| *due_at <= now) {
                stats.oldest_due = Some(stats.oldest_due.map_or(due_at, |oldest| oldest.min(due_at)));
            }
        }
        queues.into_values().collect()
    }
}
