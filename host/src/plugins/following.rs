//! Changes that other hosts write into the same storage.

use std::time::Duration;

use tokio::sync::Notify;
use tracing::{info, warn};

use super::Plugins;
use crate::ports::StorageResult;

/// The time between two reads of the revision.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// The pause before code that could not be prepared for want of memory or time is tried again: at first, and at most. Each
/// pause is twice the one before, since a compilation that fails costs its time.
const AGAIN_AFTER: Duration = Duration::from_secs(30);
const AGAIN_AFTER_MAX: Duration = Duration::from_secs(10 * 60);

impl Plugins {
    /// Follows storage until the future is dropped: changes of other hosts hold here within a second, and the code of
    /// active plugins is prepared.
    pub async fn follow(&self) {
        let changed = Notify::new();
        tokio::join!(self.watch_revision(&changed), self.prepare_changes(&changed));
    }

    async fn watch_revision(&self, changed: &Notify) {
        let mut is_read = true;
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let caught_up = self.catch_up().await;
            match &caught_up {
                Ok(true) => changed.notify_one(),
                Ok(false) => {}
                // Once, not twice a second.
                Err(error) if is_read => {
                    warn!(%error, "cannot read whether plugins, grants or secrets have changed");
                }
                Err(_) => {}
            }
            is_read = caught_up.is_ok();
        }
    }

    /// Reads storage again if its revision has changed. Returns whether it had.
    async fn catch_up(&self) -> StorageResult<bool> {
        if self.storage.revision().await? == self.snapshot().revision {
            return Ok(false);
        }
        let _changing = self.changing.lock().await;
        // This host may have made the change, and read it.
        if self.storage.revision().await? == self.snapshot().revision {
            return Ok(false);
        }
        self.refresh().await?;
        info!(revision = self.snapshot().revision, "another host changed plugins, grants or secrets");
        Ok(true)
    }

    /// Prepares the code of active plugins: at first, after every change, and after a pause what could not be prepared.
    async fn prepare_changes(&self, changed: &Notify) {
        let mut pause = AGAIN_AFTER;
        loop {
            let is_done = self.prepare_active().await;
            tokio::select! {
                () = changed.notified() => pause = AGAIN_AFTER,
                () = tokio::time::sleep(pause), if !is_done => pause = (pause * 2).min(AGAIN_AFTER_MAX),
            }
        }
    }
}
