//! Tokens that other hosts make and revoke in the same storage, and the uses that this host writes.

use std::time::Duration;

use tracing::{info, warn};

use super::Tokens;
use crate::ports::StorageResult;

/// The time between two reads of the revision.
const LOOK_EVERY: Duration = Duration::from_millis(500);

/// The time between two writes of the last uses.
const NOTE_EVERY: Duration = Duration::from_secs(60);

impl Tokens {
    /// Follows storage until the future is dropped: tokens that other hosts make or revoke hold here within a second, and
    /// the last uses are written once a minute.
    pub async fn follow(&self) {
        tokio::join!(self.watch_revision(), self.write_uses());
    }

    async fn watch_revision(&self) {
        let mut is_read = true;
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let caught_up = self.catch_up().await;
            if let Err(error) = &caught_up
                && is_read
            {
                // Once, not twice a second.
                warn!(%error, "cannot read whether tokens have changed");
            }
            is_read = caught_up.is_ok();
        }
    }

    async fn catch_up(&self) -> StorageResult<()> {
        if self.storage.token_revision().await? == self.ring().revision {
            return Ok(());
        }
        let _changing = self.changing.lock().await;
        // This host may have made the change, and read it.
        if self.storage.token_revision().await? != self.ring().revision {
            self.refresh().await?;
            info!(revision = self.ring().revision, "another host changed tokens");
        }
        Ok(())
    }

    async fn write_uses(&self) {
        loop {
            let before = self.clock.now();
            tokio::time::sleep(NOTE_EVERY).await;
            let used = |key: &std::sync::Arc<super::Key>| Some((key.token.id(), key.used_at()?));
            let keys = self.ring();
            let stored = keys.keys.iter().filter(|key| !key.is_fixed).filter_map(used);
            let uses: Vec<_> = stored.filter(|(_, at)| *at >= before).collect();
            if uses.is_empty() {
                continue;
            }
            if let Err(error) = self.storage.note_token_uses(uses).await {
                warn!(%error, "the last uses of tokens were not written");
            }
        }
    }
}
