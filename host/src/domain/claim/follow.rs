//! Changes of jobs, and their undo.

use super::ClaimIndex;
use super::key_fair_queue::KeySavepoint;
use super::keys::Keys;
use super::queue_jobs::QueueJobs;
use super::queued_job::{KeyDigest, QueuedJob, QueuedStatus, Share};
use super::ready::Ready;
use super::symbols::Symbol;
use crate::domain::{FairQueuesSavepoint, JobId};

/// A savepoint of the fair queues of one caller and fairness key.
#[derive(Clone, Copy, Debug)]
pub struct FairnessSavepoint {
    share: Share,
    /// Over all jobs.
    overall: FairQueuesSavepoint,
    /// Within the concurrency key of a queue.
    within: Option<(Symbol, KeyDigest, KeySavepoint)>,
    /// Number of looks of claims at virtual times by then.
    looks: u64,
}

impl ClaimIndex {
    /// Savepoints of the fair queues that a change of a job may move.
    pub fn savepoints<'a>(
        &'a self,
        before: Option<&'a QueuedJob>,
        after: Option<&'a QueuedJob>,
    ) -> impl Iterator<Item = FairnessSavepoint> + use<'a> {
        let waiting = before.into_iter().chain(after).filter(|job| job.is_pending());
        waiting.map(|job| self.savepoint(job))
    }

    fn savepoint(&self, job: &QueuedJob) -> FairnessSavepoint {
        let QueuedJob { share, queue, key, .. } = *job;
        let within = |key| (queue, key, self.queues[queue.index()].keys.savepoint(&key, share));
        FairnessSavepoint {
            share,
            overall: self.fair_queues.savepoint(&share.caller, &share.key),
            within: key.map(within),
            looks: self.looks,
        }
    }

    /// Goes back to what was remembered.
    pub fn restore(&mut self, savepoint: FairnessSavepoint) {
        let FairnessSavepoint { share, overall, within, looks } = savepoint;
        self.fair_queues.restore(&share.caller, &share.key, overall);
        if let Some((queue, key, savepoint)) = within {
            self.with_keys(queue, |keys, ready| keys.restore(&key, share, savepoint, ready));
        }
        // Only a look lays lanes by their turns. Those that were laid since lie too far behind now.
        if self.looks != looks {
            self.turned_back.insert((None, share));
            self.turned_back.extend(within.map(|(queue, key, _)| (Some((queue, key)), share)));
        }
    }

    /// Makes the next look order those anew whose virtual times were restored.
    pub(super) fn settle_turns(&mut self) {
        let Self { tasks, queues, steps, turned_back, .. } = self;
        for (within, share) in std::mem::take(turned_back) {
            let Some((queue, key)) = within else {
                let offered = tasks.iter_mut().filter(|task| task.is_offered());
                offered.for_each(|task| task.lay_anew(share, steps));
                continue;
            };
            for task in queues[queue.index()].keys.tasks(&key) {
                tasks[task.index()].lay_key_anew(queue, &key, share, steps);
            }
        }
    }

    /// Follows a job from one state to the next. A start is a turn of its caller and its fairness key.
    pub fn follow(&mut self, id: JobId, before: Option<&QueuedJob>, after: Option<&QueuedJob>) {
        let waited = before.filter(|job| job.is_pending());
        if let Some(job) = waited.filter(|_| after.is_some_and(QueuedJob::runs)) {
            self.fair_queues.start(&job.share.caller, &job.share.key, job.weight);
            self.within_key(job, |keys, key| keys.start(&key, job.share, job.weight));
        }
        // First who comes: a job that goes on waiting is no newcomer.
        if let Some(job) = after.filter(|job| job.is_pending()) {
            self.fair_queues.wait(&job.share.caller, &job.share.key);
            self.within_key(job, |keys, key| keys.wait(key, job.share));
        }
        self.replace(id, before, after);
        if let Some(job) = waited {
            self.fair_queues.leave(&job.share.caller, &job.share.key);
            self.within_key(job, |keys, key| keys.leave(&key, job.share));
        }
    }

    fn within_key(&mut self, job: &QueuedJob, change: impl FnOnce(&mut Keys, KeyDigest)) {
        if let Some(key) = job.key {
            change(&mut self.queues[job.queue.index()].keys, key);
        }
    }

    /// Puts a job from one state into another, its turn aside.
    pub fn replace(&mut self, id: JobId, before: Option<&QueuedJob>, after: Option<&QueuedJob>) {
        before.into_iter().for_each(|job| self.change(id, job, false));
        after.into_iter().for_each(|job| self.change(id, job, true));
        before.into_iter().for_each(|job| self.within_key(job, |keys, key| keys.tidy(&key)));
    }

    /// Adds a job, or takes it out.
    fn change(&mut self, id: JobId, job: &QueuedJob, comes: bool) {
        self.with_keys(job.queue, |keys, ready| match (job.key, job.status) {
            (Some(key), _) if comes => keys.add(key, id, job, ready),
            (Some(key), _) => keys.take(key, id, job, ready),
            (None, QueuedStatus::Pending { due_at }) => {
                ready.change(job.task, (job.lane(), (due_at, id)), comes);
            }
            _ => {}
        });
        if job.runs() {
            let (queue, task) = (&mut self.queues[job.queue.index()], &mut self.tasks[job.task.index()]);
            for running in [&mut queue.running, &mut task.running] {
                *running = if comes { *running + 1 } else { *running - 1 };
            }
            self.refresh(job.queue);
        }
    }

    /// Changes the concurrency keys of a queue, or which of its jobs are ready.
    pub(super) fn with_keys(&mut self, queue: Symbol, change: impl FnOnce(&mut Keys, &mut Ready<'_>)) {
        let QueueJobs { keys, access, tasks: offered, .. } = &mut self.queues[queue.index()];
        let (tasks, steps) = (&mut self.tasks, &mut self.steps);
        change(keys, &mut Ready { queue, access: *access, offered, tasks, steps });
        if keys.hold_one() {
            self.holding.insert(queue);
        } else {
            self.holding.remove(&queue);
        }
    }
}
