//! Numbers of jobs by state, over queues.

use std::collections::BTreeMap;

use super::Queue;
use crate::domain::{JobFilter, QueueName, StateName};
use crate::ports::{NamePageRequest, QueueStats, StorageResult};

/// Queues that are read at once.
const READ_AT_ONCE: usize = 100;

/// The most queues whose jobs are counted together.
const QUEUES_MAX: usize = 1_000;

/// Numbers of jobs by state.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct StateCounts(BTreeMap<StateName, u64>);

impl StateCounts {
    /// The number of jobs in a state, or in all.
    pub fn of(&self, state: Option<StateName>) -> u64 {
        match state {
            Some(state) => self.0.get(&state).copied().unwrap_or(0),
            None => self.0.values().sum(),
        }
    }

    fn add(&mut self, queue: &QueueStats) {
        for state in StateName::ALL {
            *self.0.entry(state).or_default() += queue.count(state);
        }
    }
}

impl Queue {
    /// The numbers of jobs that a filter shows, by state, its own state aside. `None` if no index knows them: by task
    /// or tag.
    pub async fn counts(&self, filter: &JobFilter) -> StorageResult<Option<StateCounts>> {
        let mut counts = StateCounts::default();
        match filter {
            JobFilter { task: None, tag: None, queue: Some(queue), .. } => {
                self.queue(queue.clone()).await?.iter().for_each(|queue| counts.add(queue));
            }
            JobFilter { task: None, tag: None, queue: None, .. } => {
                self.all_queues().await?.iter().for_each(|queue| counts.add(queue));
            }
            _ => return Ok(None),
        }
        Ok(Some(counts))
    }

    /// All queues in numbers, by name, at most a thousand.
    pub async fn all_queues(&self) -> StorageResult<Vec<QueueStats>> {
        let (mut all, mut after): (Vec<QueueStats>, Option<QueueName>) = (Vec::new(), None);
        while all.len() < QUEUES_MAX {
            let found = self.queues(NamePageRequest { limit: READ_AT_ONCE, after }).await?;
            let is_last = found.len() < READ_AT_ONCE;
            after = found.last().map(|queue| queue.name.clone());
            all.extend(found);
            if is_last {
                break;
            }
        }
        Ok(all)
    }
}
