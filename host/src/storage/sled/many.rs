//! The port's methods for many jobs at once.

use async_trait::async_trait;

use super::view::Look;
use super::{SledStorage, handlers, lists};
use crate::domain::{JobId, Submitter, Timestamp};
use crate::ports::{ActedOnMany, Action, JobFilter, ManyStore, Page, StorageResult};

#[async_trait]
impl ManyStore for SledStorage {
    async fn job_ids(
        &self,
        filter: JobFilter,
        page: Page<JobId>,
        now: Timestamp,
    ) -> StorageResult<Vec<JobId>> {
        self.list(move |shared| lists::job_ids(shared, &filter, page, now)).await
    }

    async fn submitters(&self, ids: Vec<JobId>) -> StorageResult<Vec<Option<Submitter>>> {
        self.look(move |rows| {
            ids.into_iter().map(|id| Ok(rows.head(id)?.map(|head| head.spec.submitter))).collect()
        })
        .await
    }

    async fn act_on_many(
        &self,
        ids: Vec<JobId>,
        filter: JobFilter,
        action: Action,
        now: Timestamp,
    ) -> StorageResult<ActedOnMany> {
        self.committer.run(move |txn| handlers::act_on_many(txn, ids, &filter, action, now)).await
    }
}
