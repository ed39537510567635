//! Orders and lists in the model.

use async_trait::async_trait;
use taskbox::domain::{FullJob, JobId, Order, OrderId, Timestamp};
use taskbox::ports::{JobFilter, OrderFilter, OrderStore, PageRequest, StorageResult};

use super::{Everything, ModelStorage, Row};

#[async_trait]
impl OrderStore for ModelStorage {
    async fn order(&self, id: OrderId) -> StorageResult<Option<Order>> {
        Ok(self.read(|all| all.orders.get(&id).cloned()))
    }

    async fn orders(&self, filter: OrderFilter, page: PageRequest<OrderId>) -> StorageResult<Vec<Order>> {
        let shown = |order: &&Order| {
            page.before.is_none_or(|before| order.id < before)
                && filter.user_id.as_ref().is_none_or(|user| order.user_id == *user)
                && filter.status.is_none_or(|status| order.status.name() == status)
        };
        Ok(self.read(|all| all.orders.values().rev().filter(shown).take(page.limit).cloned().collect()))
    }
}

impl Everything {
    pub(super) fn list_jobs(
        &self,
        filter: &JobFilter,
        page: PageRequest<JobId>,
        now: Timestamp,
    ) -> Vec<FullJob> {
        let shown = |Row { job, .. }: &&Row| {
            page.before.is_none_or(|before| job.spec.id < before) && filter.shows(job, now)
        };
        self.jobs.values().rev().filter(shown).take(page.limit).map(Row::full_job).collect()
    }
}
