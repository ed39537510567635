//! Why jobs have not started.

use super::Queue;
use crate::domain::{Hold, Job, JobGates, Phase};
use crate::ports::StorageResult;

impl Queue {
    /// All reasons why each of these jobs has not started: none for one that does not wait.
    pub async fn holds(&self, jobs: &[&Job]) -> StorageResult<Vec<Vec<Hold>>> {
        let waits = |job: &&&Job| matches!(job.state.phase, Phase::Pending { .. });
        let ids: Vec<_> = jobs.iter().filter(waits).map(|job| job.spec.id).collect();
        let mut gates = self.storage.gates(ids).await?.into_iter();
        let now = self.clock.now();
        let holds = |job: &&Job| {
            let gates: Option<JobGates> = if waits(&job) { gates.next().flatten() } else { None };
            Hold::all(job, gates.as_ref(), self.hold(&job.spec.task), now)
        };
        Ok(jobs.iter().map(holds).collect())
    }
}
