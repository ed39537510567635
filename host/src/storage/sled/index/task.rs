//! One task over all queues: how many jobs it has.

use super::entry::IndexedStatus;

/// Numbers of the jobs of a task.
#[derive(Default)]
pub struct TaskCounts {
    /// Jobs that are not final.
    pub live: u64,
    /// Jobs that run.
    pub running: u64,
    /// Final jobs.
    pub finals: u64,
}

impl TaskCounts {
    /// Counts a job.
    pub fn add(&mut self, status: IndexedStatus) {
        *self.of(status) += 1;
        self.running += u64::from(status.is_running());
    }

    /// Takes a job out that was counted before.
    pub fn take(&mut self, status: IndexedStatus) {
        *self.of(status) -= 1;
        self.running -= u64::from(status.is_running());
    }

    /// Whether it has no job in any state.
    pub fn is_empty(&self) -> bool {
        self.live + self.finals == 0
    }

    fn of(&mut self, status: IndexedStatus) -> &mut u64 {
        if matches!(status, IndexedStatus::Final { .. }) { &mut self.finals } else { &mut self.live }
    }
}
