//! The gates before a job, for people who ask why it has not started.

use super::Index;
use crate::domain::claim::{KeyDigest, QueuedStatus, Symbol};
use crate::domain::{JobGates, JobId};

/// Most running jobs among which one of a key is looked for.
const LOOKED_AT_MAX: usize = 10_000;

impl Index {
    /// The gates before a job; `None` if it is missing or final.
    pub fn gates(&self, id: JobId) -> Option<JobGates> {
        let job = self.jobs.get(&id)?.queued()?;
        let key = job.key.and_then(|key| Some((key, self.claims.key_gate(job.queue, &key)?)));
        let full = key.filter(|(_, gate)| !gate.has_capacity());
        Some(JobGates {
            queue: self.claims.queue_gate(job.queue),
            task: self.claims.task_gate(job.task),
            key: key.map(|(_, gate)| gate),
            key_holder: full.and_then(|(key, _)| self.runs_of_key(job.queue, key)),
        })
    }

    /// A running job of a key.
    fn runs_of_key(&self, queue: Symbol, key: KeyDigest) -> Option<JobId> {
        let running = self.leases.iter().take(LOOKED_AT_MAX).map(|(_, id)| *id);
        running.into_iter().find(|id| {
            let job = self.jobs.get(id).and_then(|entry| entry.queued());
            job.is_some_and(|job| {
                job.queue == queue && job.key == Some(key) && job.status == QueuedStatus::Running
            })
        })
    }
}
