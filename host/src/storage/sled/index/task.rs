//! One task over all queues: how many jobs it has, and the gate before it.

use super::super::codec::TaskRecord;
use super::standing::Standing;
use crate::domain::{Gate, TaskName};
use crate::ports::TaskStats;

/// One task.
#[derive(Default)]
pub struct Task {
    jobs: u64,
    running: usize,
    record: TaskRecord,
}

impl Task {
    /// Counts a job.
    pub fn add(&mut self, standing: Standing) {
        self.jobs += 1;
        self.running += usize::from(standing.is_running());
    }

    /// Takes a job out that was counted before.
    pub fn take(&mut self, standing: Standing) {
        self.jobs -= 1;
        self.running -= usize::from(standing.is_running());
    }

    /// Follows what was written about the task; gives back what was before.
    pub fn set(&mut self, record: TaskRecord) -> TaskRecord {
        std::mem::replace(&mut self.record, record)
    }

    /// The gate before it.
    pub fn gate(&self) -> Gate {
        let TaskRecord { settings, arrival } = self.record;
        Gate { settings, arrival, running: self.running }
    }

    /// Its numbers, unless it has neither jobs nor settings.
    pub fn stats(&self, name: &TaskName) -> Option<TaskStats> {
        let is_known = self.jobs > 0 || self.record != TaskRecord::default();
        is_known.then(|| TaskStats {
            name: name.clone(),
            jobs: self.jobs,
            running: self.running as u64,
            settings: self.record.settings,
        })
    }
}
