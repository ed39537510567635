//! One task over all queues: how many jobs it has.

use super::standing::Standing;

/// How many jobs of a task there are.
#[derive(Default)]
pub struct TaskCounts {
    /// In any state.
    pub jobs: u64,
    /// That run.
    pub running: u64,
}

impl TaskCounts {
    /// Counts a job.
    pub fn add(&mut self, standing: Standing) {
        self.jobs += 1;
        self.running += u64::from(standing.is_running());
    }

    /// Takes a job out that was counted before.
    pub fn take(&mut self, standing: Standing) {
        self.jobs -= 1;
        self.running -= u64::from(standing.is_running());
    }
}
