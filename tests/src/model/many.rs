//! Many jobs at once in the model.

use async_trait::async_trait;
use taskbox::domain::{JobId, Timestamp, transition};
use taskbox::ports::{ActedOnMany, Action, JobFilter, ManyStore, Page, StorageError, StorageResult};

use super::{Everything, ModelStorage};

#[async_trait]
impl ManyStore for ModelStorage {
    async fn job_ids(
        &self,
        filter: JobFilter,
        page: Page<JobId>,
        now: Timestamp,
    ) -> StorageResult<Vec<JobId>> {
        Ok(self.read(|all| all.list_jobs(&filter, page, now).iter().map(|full| full.job.spec.id).collect()))
    }

    async fn act_on_many(
        &self,
        ids: Vec<JobId>,
        filter: JobFilter,
        action: Action,
        now: Timestamp,
    ) -> StorageResult<ActedOnMany> {
        self.write(|all| all.act_on_many(ids, &filter, action, now))
    }
}

impl Everything {
    fn act_on_many(
        &mut self,
        ids: Vec<JobId>,
        filter: &JobFilter,
        action: Action,
        now: Timestamp,
    ) -> StorageResult<ActedOnMany> {
        let everything = Page { limit: usize::MAX, before: None };
        let mut answer = ActedOnMany::default();
        for id in ids {
            let shown = self.list_jobs(filter, everything, now);
            let mut shown = shown.into_iter().map(|full| full.job);
            let Some(job) = shown.find(|job| job.spec.id == id) else { continue };
            answer.matched += 1;
            let state = job.state_name(now);
            if action == Action::Retry && !transition::is_retried_among_many(state, filter.state) {
                continue;
            }
            match self.act(id, action, now) {
                // A final job that is cancelled, for example, is left as it is.
                Ok(acted) if action != Action::Delete && acted.job == job => {}
                Ok(acted) => answer.acted.push(acted),
                Err(StorageError::Refused(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(answer)
    }
}
