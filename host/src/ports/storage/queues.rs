//! Durable settings of queues, and the queues in numbers.

use std::collections::BTreeMap;

use async_trait::async_trait;

use super::StorageResult;
use crate::domain::{QueueChange, QueueName, QueueSettings, StateName, Timestamp};

/// A queue in numbers. Those of live jobs are exact. A driver may answer those of final jobs from other sources, such as
/// the sizes of partitions.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct QueueStats {
    /// Its name.
    pub name: QueueName,
    /// Number of its jobs in each state that is not final; all four are there.
    pub live: BTreeMap<StateName, u64>,
    /// Number of its jobs in each final state; all three are there.
    pub finals: BTreeMap<StateName, u64>,
    /// Time at which its longest-waiting available job fell due.
    pub oldest_due: Option<Timestamp>,
    /// Its settings.
    pub settings: QueueSettings,
}

impl QueueStats {
    /// A queue that has neither jobs nor settings.
    pub fn empty(name: QueueName) -> Self {
        let none = |is_final: bool| {
            let states = StateName::ALL.into_iter().filter(move |state| state.is_final() == is_final);
            states.map(|state| (state, 0)).collect()
        };
        Self {
            name,
            live: none(false),
            finals: none(true),
            oldest_due: None,
            settings: QueueSettings::default(),
        }
    }

    /// Number of its jobs in a state.
    pub fn count(&self, state: StateName) -> u64 {
        let counts = if state.is_final() { &self.finals } else { &self.live };
        counts.get(&state).copied().unwrap_or(0)
    }
}

/// A request for a page of results that are ordered by name.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct NamePageRequest<Name> {
    /// Most rows.
    pub limit: usize,
    /// Only names behind this one.
    pub after: Option<Name>,
}

/// Durable queues. See [`super::Storage`] for what every method promises.
#[async_trait]
pub trait QueueStore: Send + Sync {
    /// Changes a queue's settings, by [`crate::domain::QueueSettings::changed`] and
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
    async fn queues(
        &self,
        page: NamePageRequest<QueueName>,
        now: Timestamp,
    ) -> StorageResult<Vec<QueueStats>>;
}
