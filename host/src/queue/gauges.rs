//! The gauges of queues, attempts and storage, which are set when `/metrics` is read: until then nothing is counted for
//! them.

use super::Queue;
use crate::domain::{StateName, Timestamp};
use crate::metering::catalog::{
    QUEUE_JOBS, QUEUE_OLDEST, QUEUE_PAUSED, READY, RUNNING, STORAGE_BYTES, STORAGE_FREE,
};
use crate::ports::{NamePageRequest, QueueStats, StorageResult};

/// Queues that are read in one step, and in all.
const QUEUES_AT_ONCE: usize = 100;
const QUEUES_MAX: usize = 1_000;

impl Queue {
    /// Sets the gauges to what is now.
    pub async fn set_gauges(&self) -> StorageResult<()> {
        RUNNING.set(self.running.count() as f64);
        READY.set(f64::from(u8::from(self.takes_jobs().await.is_ok())));
        let now = self.clock.now();
        show(&self.all_queues(now).await?, now);
        let usage = self.storage.usage().await?;
        STORAGE_BYTES.set(usage.bytes as f64);
        STORAGE_FREE.set(usage.free_bytes as f64);
        Ok(())
    }

    async fn all_queues(&self, now: Timestamp) -> StorageResult<Vec<QueueStats>> {
        let mut all: Vec<QueueStats> = Vec::new();
        while all.len() < QUEUES_MAX {
            let after = all.last().map(|last| last.name.clone());
            let page = NamePageRequest { limit: QUEUES_AT_ONCE, after };
            let queues = self.storage.queues(page, now).await?;
            let is_last = queues.len() < QUEUES_AT_ONCE;
            all.extend(queues);
            if is_last {
                break;
            }
        }
        Ok(all)
    }
}

fn show(queues: &[QueueStats], now: Timestamp) {
    let live = || StateName::ALL.into_iter().filter(|state| !state.is_final());
    let jobs = queues.iter().flat_map(|queue| {
        live().map(|state| ([queue.name.as_str(), state.as_str()], queue.count(state) as f64))
    });
    QUEUE_JOBS.replace(jobs, |one, other| one + other);
    let age = |queue: &QueueStats| queue.oldest_due.map_or(0.0, |due| now.since(due).as_secs_f64());
    QUEUE_OLDEST.replace(queues.iter().map(|queue| ([queue.name.as_str()], age(queue))), f64::max);
    let paused = |queue: &QueueStats| f64::from(u8::from(queue.settings.gate.paused));
    QUEUE_PAUSED.replace(queues.iter().map(|queue| ([queue.name.as_str()], paused(queue))), f64::max);
}
