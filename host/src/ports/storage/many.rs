//! Many jobs at once, in steps: no request of this port reads more jobs than its limit, so that
//! others come in between.

use async_trait::async_trait;

use super::{Acted, PageRequest, StorageResult};
use crate::domain::JobFilter;
use crate::domain::transition::Action;
use crate::domain::{JobId, Submitter, Timestamp};

/// The result of one step.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct ActedOnMany {
    /// Number of the jobs that were still there and shown by the filter.
    pub matched: usize,
    /// Those of them that changed.
    pub acted: Vec<Acted>,
}

/// Durable jobs by the many. See [`super::Storage`] for what every method promises.
#[async_trait]
pub trait ManyStore: Send + Sync {
    /// The names of jobs, newest first.
    async fn job_ids(
        &self,
        filter: JobFilter,
        page: PageRequest<JobId>,
        now: Timestamp,
    ) -> StorageResult<Vec<JobId>>;

    /// To whom these jobs belong: one answer for each, in order, and none for a job that is not there. Reads
    /// nothing of what the jobs carry.
    async fn submitters(&self, ids: Vec<JobId>) -> StorageResult<Vec<Option<Submitter>>>;

    /// Acts in one transaction on those of these jobs that the filter shows now. One that is gone, or
    /// whose state refuses the action, does not keep the others from it.
    async fn act_on_many(
        &self,
        ids: Vec<JobId>,
        filter: JobFilter,
        action: Action,
        now: Timestamp,
    ) -> StorageResult<ActedOnMany>;
}
