//! A view of retention: its settings and their effect.

use std::collections::BTreeMap;

use super::Queue;
use crate::domain::{Retention, StateName};
use crate::ports::{FinalCount, StorageResult};

impl Queue {
    /// The same use cases, with the retention of this host's worker.
    pub fn keeping(self, retention: Retention) -> Self {
        Self { retention, ..self }
    }

    /// The retention of final jobs.
    pub fn retention(&self) -> Retention {
        self.retention
    }

    /// The number of final jobs, and the number that a sweep with this retention would delete.
    pub async fn count_final(&self, retention: Retention) -> StorageResult<BTreeMap<StateName, FinalCount>> {
        self.storage.count_final(retention.cutoffs(self.clock.now())).await
    }
}
