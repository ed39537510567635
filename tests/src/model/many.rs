//! Many jobs at once in the model.

use async_trait::async_trait;
use taskbox::domain::transition::{self, Deed};
use taskbox::domain::{JobId, Submitter, Timestamp};
use taskbox::ports::{ActedOnMany, Action, JobFilter, ManyStore, PageRequest, StorageResult};

use super::{Everything, ModelStorage, Row};

#[async_trait]
impl ManyStore for ModelStorage {
    async fn job_ids(
        &self,
        filter: JobFilter,
        page: PageRequest<JobId>,
        now: Timestamp,
    ) -> StorageResult<Vec<JobId>> {
        Ok(self.read(|all| all.list_jobs(&filter, page, now).iter().map(|full| full.job.spec.id).collect()))
    }

    async fn submitters(&self, ids: Vec<JobId>) -> StorageResult<Vec<Option<Submitter>>> {
        let submitter =
            |all: &Everything, id| all.jobs.get(&id).map(|row: &Row| row.job.spec.submitter.clone());
        Ok(self.read(|all| ids.into_iter().map(|id| submitter(all, id)).collect()))
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
        let everything = PageRequest { limit: usize::MAX, before: None };
        let mut answer = ActedOnMany::default();
        for id in ids {
            let shown = self.list_jobs(filter, everything, now);
            let mut shown = shown.into_iter().map(|full| full.job);
            let Some(job) = shown.find(|job| job.spec.id == id) else { continue };
            answer.matched += 1;
            let order = self.order_of(id);
            match transition::act_among_many(&job, order.as_ref(), action, filter.state, now) {
                Deed::Nothing => {}
                deed => answer.acted.push(self.carry_out(id, deed, now)?),
            }
        }
        Ok(answer)
    }
}
