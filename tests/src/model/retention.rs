//! Forgetting final jobs in the model.

use std::collections::BTreeMap;

use async_trait::async_trait;
use taskbox::domain::{Cutoff, JobId, StateName, Timestamp};
use taskbox::ports::{FinalCount, RetentionStore, StorageResult};

use super::{Everything, ModelStorage};

#[async_trait]
impl RetentionStore for ModelStorage {
    async fn prune(&self, cutoffs: [Cutoff; 3], now: Timestamp, limit: usize) -> StorageResult<usize> {
        self.write(|all| {
            all.forget_keys(now);
            let ids: Vec<JobId> = cutoffs.iter().flat_map(|cutoff| all.beyond(cutoff)).take(limit).collect();
            ids.iter().for_each(|id| drop(all.jobs.remove(id)));
            Ok(ids.len())
        })
    }

    async fn count_final(&self, cutoffs: [Cutoff; 3]) -> StorageResult<BTreeMap<StateName, FinalCount>> {
        Ok(self.read(|all| {
            let count = |cutoff: Cutoff| {
                let (jobs, to_go) = (all.finals(cutoff.state).len() as u64, all.beyond(&cutoff).len() as u64);
                (cutoff.state, FinalCount { jobs, to_go })
            };
            cutoffs.map(count).into()
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

    fn beyond(&self, cutoff: &Cutoff) -> Vec<JobId> {
        let mut jobs = self.finals(cutoff.state);
        jobs.retain(|(_, id)| !self.is_needed(*id));
        let count = jobs.len() as u64;
        let goes = |(position, (at, _)): &(u64, (Timestamp, JobId))| cutoff.includes(*position, count, *at);
        (0..).zip(jobs).filter(goes).map(|(_, (_, id))| id).collect()
    }
}
