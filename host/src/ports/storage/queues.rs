//! Durable settings of queues, and the queues in numbers.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::StorageResult;
use crate::domain::{QueueChange, QueueName, QueueSettings, StateName, Timestamp};

/// A queue in numbers.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct QueueStats {
    /// Its name.
    pub name: QueueName,
    /// How many jobs it has in each state; all seven are there.
    pub counts: BTreeMap<StateName, u64>,
    /// Since when its longest-waiting available job is due.
    pub oldest_due: Option<Timestamp>,
    /// What an operator says about it.
    pub settings: QueueSettings,
}

impl QueueStats {
    /// A queue that has neither jobs nor settings.
    pub fn empty(name: QueueName) -> Self {
        let counts = StateName::ALL.into_iter().map(|state| (state, 0)).collect();
        Self { name, counts, oldest_due: None, settings: QueueSettings::default() }
    }
}

/// A part of a list that is ordered by name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NamePage<Name> {
    /// How many rows at most.
    pub limit: usize,
    /// Only names behind this one.
    pub after: Option<Name>,
}

/// Durable queues. See [`super::Storage`] for what every method promises.
#[async_trait]
pub trait QueueStore: Send + Sync {
    /// Changes what is said about a queue, by [`crate::domain::QueueSettings::changed`] and
    /// [`crate::domain::Gate::changed`]. The next claim of any host obeys it.
    async fn configure_queue(
        &self,
        name: QueueName,
        change: QueueChange,
        now: Timestamp,
    ) -> StorageResult<()>;

    /// One queue in numbers, if it has jobs or settings.
    async fn queue(&self, name: QueueName, now: Timestamp) -> StorageResult<Option<QueueStats>>;

    /// Queues that have jobs or settings, in numbers, by name.
    async fn queues(&self, page: NamePage<QueueName>, now: Timestamp) -> StorageResult<Vec<QueueStats>>;
}
