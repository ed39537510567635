//! One queue: the jobs that wait in it, its numbers, and the gate before it.

use super::super::codec::QueueRecord;
use super::pending::{Pending, Place};
use super::queue::Queue;
use super::{Entry, Standing};
use crate::domain::{Gate, JobId, QueueName, Timestamp};
use crate::ports::QueueStats;

/// One queue.
#[derive(Default)]
pub struct Line {
    counts: Queue,
    pending: Pending,
    record: QueueRecord,
}

impl Line {
    /// Takes a job in.
    pub fn add(&mut self, id: JobId, entry: &Entry) {
        self.counts.add(entry.standing);
        if let Standing::Pending { due_at, .. } = entry.standing {
            self.pending.insert(entry.priority, due_at, id);
        }
    }

    /// Takes a job out that was taken in before.
    pub fn take(&mut self, id: JobId, entry: &Entry) {
        self.counts.take(entry.standing);
        if let Standing::Pending { due_at, .. } = entry.standing {
            self.pending.remove(entry.priority, due_at, id);
        }
    }

    /// Follows what was written about the queue.
    pub fn set(&mut self, record: QueueRecord) {
        self.record = record;
    }

    /// The gate before it.
    pub fn gate(&self) -> Gate {
        let QueueRecord { settings, arrival } = self.record.clone();
        let running = usize::try_from(self.counts.running()).unwrap_or(usize::MAX);
        Gate { settings, arrival, running }
    }

    /// Its due jobs in the order in which they should run.
    pub fn due(&self, now: Timestamp) -> impl Iterator<Item = Place> {
        self.pending.due(now)
    }

    /// When the first job falls due, or did, that is not among the first `taken` due ones.
    pub fn next_due(&self, now: Timestamp, taken: usize) -> Option<Timestamp> {
        self.pending.next_due(now, taken)
    }

    /// Whether nobody waits.
    pub fn has_nobody_waiting(&self) -> bool {
        self.pending.is_empty()
    }

    /// Its numbers, unless it has neither jobs nor settings.
    pub fn stats(&mut self, name: &QueueName, now: Timestamp) -> Option<QueueStats> {
        let is_known = !self.counts.is_empty() || self.record != QueueRecord::default();
        let stats = is_known.then(|| self.counts.stats(name, now))?;
        Some(QueueStats { settings: self.record.settings.clone(), ..stats })
    }
}
