//! One queue: the jobs that wait in it, its numbers, and the gate before it.

use super::super::codec::QueueRecord;
use super::class::Classes;
use super::counts::Counts;
use super::keys::Keys;
use super::standing::{Entry, Standing};
use crate::domain::{Gate, JobId, QueueName, Timestamp};
use crate::ports::QueueStats;

/// One queue.
#[derive(Default)]
pub struct Line {
    counts: Counts,
    classes: Classes,
    keys: Keys,
    record: QueueRecord,
}

impl Line {
    /// Takes a job in.
    pub fn add(&mut self, id: JobId, entry: &Entry) {
        self.counts.add(entry.standing);
        let most = self.record.settings.most_of_a_key();
        match (entry.key(), entry.standing) {
            (Some(key), _) => self.keys.add(key, id, entry, most, &mut self.classes),
            (None, Standing::Pending { due_at, .. }) => self.classes.insert(entry.strand(), (due_at, id)),
            _ => {}
        }
    }

    /// Takes a job out that was taken in before.
    pub fn take(&mut self, id: JobId, entry: &Entry) {
        self.counts.take(entry.standing);
        let most = self.record.settings.most_of_a_key();
        match (entry.key(), entry.standing) {
            (Some(key), _) => self.keys.take(key, id, entry, most, &mut self.classes),
            (None, Standing::Pending { due_at, .. }) => self.classes.remove(entry.strand(), (due_at, id)),
            _ => {}
        }
    }

    /// Follows what was written about the queue; gives back what was before.
    pub fn set(&mut self, record: QueueRecord) -> QueueRecord {
        let before = std::mem::replace(&mut self.record, record);
        let (from, to) = (before.settings.most_of_a_key(), record.settings.most_of_a_key());
        if from != to {
            self.keys.set_most(from, to, &mut self.classes);
        }
        before
    }

    /// What is said about it.
    pub fn record(&self) -> QueueRecord {
        self.record
    }

    /// The gate before it.
    pub fn gate(&self) -> Gate {
        let QueueRecord { settings, arrival } = self.record;
        Gate { settings: settings.gate, arrival, running: self.counts.running() }
    }

    /// The classes in which somebody waits whom no key holds back.
    pub fn classes(&self) -> &Classes {
        &self.classes
    }

    /// The same, to ask who is next.
    pub fn classes_mut(&mut self) -> &mut Classes {
        &mut self.classes
    }

    /// Whether a job waits for a running one of its concurrency key.
    pub fn holds_one_by_key(&self) -> bool {
        self.keys.hold_one()
    }

    /// Of how many concurrency keys something is kept.
    #[cfg(test)]
    pub fn keys_kept(&self) -> usize {
        self.keys.len()
    }

    /// Its numbers, unless it has neither jobs nor settings.
    pub fn stats(&mut self, name: &QueueName, now: Timestamp) -> Option<QueueStats> {
        let is_known = !self.counts.is_empty() || self.record != QueueRecord::default();
        let stats = is_known.then(|| self.counts.stats(name, now))?;
        Some(QueueStats { settings: self.record.settings, ..stats })
    }
}
