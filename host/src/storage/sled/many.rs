//! The port's methods for many jobs at once.

use async_trait::async_trait;

use super::shared::Shared;
use super::view::Look;
use super::{SledStorage, handlers, lists};
use crate::domain::{JobId, Submitter, Timestamp};
use crate::ports::{ActedOnMany, Action, JobFilter, ManyStore, PageRequest, StorageResult};

#[async_trait]
impl ManyStore for SledStorage {
    async fn job_ids(
        &self,
        filter: JobFilter,
        page: PageRequest<JobId>,
        now: Timestamp,
    ) -> StorageResult<Vec<JobId>> {
        self.list(move |shared| lists::job_ids(shared, &filter, page, now)).await
    }

    async fn submitters(&self, ids: Vec<JobId>) -> StorageResult<Vec<Option<Submitter>>> {
        // Each under a lock of its own: they may be ten thousand.
        let submitter = |shared: &Shared, id: JobId| {
            let head = shared.read(|database| database.snapshot().head(id))?;
            Ok(head.map(|head| head.spec.submitter))
        };
        self.list(move |shared| ids.iter().map(|id| submitter(shared, *id)).collect()).await
    }

    async fn act_on_many(
        &self,
        ids: Vec<JobId>,
        filter: JobFilter,
        action: Action,
        now: Timestamp,
    ) -> StorageResult<ActedOnMany> {
        self.committer.run_long(move |txn| handlers::act_on_many(txn, ids, &filter, action, now)).await
    }
}
