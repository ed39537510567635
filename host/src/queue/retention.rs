//! How long final jobs are kept, for people who want to know before they go.

use std::collections::BTreeMap;

use super::Queue;
use crate::domain::{Retention, StateName};
use crate::ports::{FinalCount, StorageResult};

impl Queue {
    /// The same use cases, with final jobs kept as this host's worker keeps them.
    pub fn keeping(self, retention: Retention) -> Self {
        Self { retention, ..self }
    }

    /// How long final jobs are kept.
    pub fn retention(&self) -> Retention {
        self.retention
    }

    /// How many final jobs there are, and how many a sweep would delete that keeps them so long.
    pub async fn count_final(&self, retention: Retention) -> StorageResult<BTreeMap<StateName, FinalCount>> {
        self.storage.count_final(retention, self.clock.now()).await
    }
}
