//! The gauges of queues, attempts and storage, which are set when `/metrics` is read: until then nothing is counted for
//! them.

use super::Queue;
use crate::domain::{StateName, Timestamp};
use crate::metering::catalog::{
    QUEUE_JOBS, QUEUE_OLDEST, QUEUE_PAUSED, READY, RUNNING, STORAGE_BYTES, STORAGE_FREE,
};
use crate::ports::{QueueStats, StorageResult};

impl Queue {
    /// Sets the gauges to what is now.
    pub async fn set_gauges(&self) -> StorageResult<()> {
        RUNNING.set(self.running.count() as f64);
        READY.set(f64::from(u8::from(self.takes_jobs().await.is_ok())));
        let now = self.clock.now();
        show(&self.all_queues().await?, now);
        let usage = self.storage.usage().await?;
        STORAGE_BYTES.set(usage.bytes as f64);
        STORAGE_FREE.set(usage.free_bytes as f64);
        Ok(())
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
