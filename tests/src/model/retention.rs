//! Forgetting final jobs in the model.

use std::collections::BTreeMap;

use async_trait::async_trait;
use taskbox::domain::{JobId, Keep, Retention, StateName, Timestamp};
use taskbox::ports::{FinalCount, RetentionStore, StorageResult};

use super::{Everything, ModelStorage};

#[async_trait]
impl RetentionStore for ModelStorage {
    async fn prune(&self, retention: Retention, now: Timestamp, limit: usize) -> StorageResult<usize> {
        self.write(|all| {
            all.forget_keys(now);
            let by_state = retention.by_state();
            let to_go = by_state.iter().flat_map(|(state, keep)| all.to_go(*state, *keep, now));
            let ids: Vec<JobId> = to_go.take(limit).collect();
            ids.iter().for_each(|id| drop(all.jobs.remove(id)));
            Ok(ids.len())
        })
    }

    async fn count_final(
        &self,
        retention: Retention,
        now: Timestamp,
    ) -> StorageResult<BTreeMap<StateName, FinalCount>> {
        Ok(self.read(|all| {
            let count = |(state, keep)| {
                let (jobs, to_go) =
                    (all.finals(state).len() as u64, all.to_go(state, keep, now).len() as u64);
                (state, FinalCount { jobs, to_go })
            };
            retention.by_state().into_iter().map(count).collect()
        }))
    }
}

impl Everything {
    /// The final jobs of a state, the first one first.
    fn finals(&self, state: StateName) -> Vec<(Timestamp, JobId)> {
        let of_state = self.jobs.values().map(|row| &row.job);
        let of_state = of_state.filter(|job| job.state_name(Timestamp::default()) == state);
        let mut jobs: Vec<_> =
            of_state.filter_map(|job| Some((job.state.phase.finalized_at()?, job.spec.id))).collect();
        jobs.sort();
        jobs
    }

    fn to_go(&self, state: StateName, keep: Keep, now: Timestamp) -> Vec<JobId> {
        let mut jobs = self.finals(state);
        jobs.retain(|(_, id)| !self.is_needed(*id));
        let count = jobs.len() as u64;
        let goes = |(place, (at, _)): &(u64, (Timestamp, JobId))| keep.lets_go(*place, count, *at, now);
        (0..).zip(jobs).filter(goes).map(|(_, (_, id))| id).collect()
    }
}
