//! Actions of a person on many jobs at once: cancel, retry, delete.
//!
//! It goes on in steps, each a transaction of its own, and must never hold up other requests for
//! longer than one. So it is not all or nothing: after an error, the steps before it remain.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use super::Queue;
use crate::domain::{Caller, JobId};
use crate::finishing::to_its_end;
use crate::ports::{Action, JobFilter, PageRequest, StorageError, StorageResult};

/// Most jobs that one step changes: some milliseconds of the writing thread, inputs and outputs that are
/// far from filling memory, and still thousands of jobs a second.
const STEP_JOBS: usize = 64;

/// The most jobs that one request may name.
pub const BULK_IDS_MAX: usize = 10_000;

/// An action on many jobs.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct BulkRequest {
    /// The action.
    pub action: Action,
    /// With which jobs; those submitted after the beginning are left alone.
    pub filter: JobFilter,
    /// Only with these, at most [`BULK_IDS_MAX`].
    pub ids: Option<BTreeSet<JobId>>,
}

/// The result.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct BulkDone {
    /// Number of jobs that the filter showed.
    pub matched: u64,
    /// Number of them that changed; a running job that was asked to stop is one.
    pub changed: u64,
}

/// Why an action on many jobs was not begun, or not brought to its end.
#[derive(Debug, thiserror::Error)]
pub enum BulkError {
    /// The caller may act on its own jobs only, and did not say which.
    #[error("a token without the scope operate may act only on its own jobs; name them in filter.ids")]
    WithoutIds,
    /// The caller is bound to queues or tasks, and the filter does not name one of them.
    #[error("this token is bound to queues or tasks; name one of them in filter.queue or filter.task")]
    BeyondBounds,
    /// Storage failed, or refused a job of another submitter.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// Refuses a filter without ids that may show jobs beyond the queues and tasks of the caller.
fn check_filter(caller: &Caller, filter: &JobFilter, has_ids: bool) -> Result<(), BulkError> {
    let bounds = &caller.bounds;
    let queue_fits =
        filter.queue.as_ref().map_or(bounds.queues.is_empty(), |queue| bounds.admit_queue(queue));
    let task_fits = filter.task.as_ref().map_or(bounds.tasks.is_empty(), |task| bounds.admit_task(task));
    if has_ids || queue_fits && task_fits { Ok(()) } else { Err(BulkError::BeyondBounds) }
}

impl Queue {
    /// Cancels, retries or deletes all jobs that a filter shows, and notifies their watchers. A job whose
    /// state refuses it is left as it is. A retry touches only jobs that failed or were stopped, unless
    /// the filter names another state.
    ///
    /// A caller that may act on its own jobs only has to name their ids; one foreign job among them, and
    /// nothing is done. It finishes even if the caller disconnects.
    pub async fn act_on_many(
        self: &Arc<Self>,
        caller: &Caller,
        request: BulkRequest,
    ) -> Result<BulkDone, BulkError> {
        let BulkRequest { action, filter, ids } = request;
        let ids: Option<Vec<JobId>> = ids.map(|ids| ids.into_iter().collect());
        self.check_many(caller, action, ids.as_deref()).await?;
        check_filter(caller, &filter, ids.is_some())?;
        let queue = Arc::clone(self);
        Ok(to_its_end(async move { queue.act_in_steps(action, filter, ids).await }).await?)
    }

    /// Cancels the jobs that a job submitted so far, and those that these submitted, at most [`BULK_IDS_MAX`]: the ones nearest
    /// to the job.
    pub(super) async fn cancel_submitted(&self, id: JobId) -> StorageResult<()> {
        let (mut submitters, mut left) = (VecDeque::from([id]), BULK_IDS_MAX);
        while let Some(by) = submitters.pop_front() {
            let steps = self.storage.steps(by).await?.into_iter().filter(|step| step.is_own);
            let ids: Vec<_> = steps.map(|step| step.job).take(left).collect();
            left -= ids.len();
            for step in ids.chunks(STEP_JOBS) {
                self.step(step.to_vec(), &JobFilter::default(), Action::Cancel, &mut BulkDone::default())
                    .await?;
            }
            submitters.extend(ids);
        }
        Ok(())
    }

    async fn act_in_steps(
        &self,
        action: Action,
        filter: JobFilter,
        ids: Option<Vec<JobId>>,
    ) -> StorageResult<BulkDone> {
        let mut done = BulkDone::default();
        match ids {
            Some(ids) => {
                for step in ids.chunks(STEP_JOBS) {
                    self.step(step.to_vec(), &filter, action, &mut done).await?;
                }
            }
            None => {
                let mut before = None;
                while let Some(step) = self.next_ids(&filter, before).await? {
                    before = step.last().copied();
                    self.step(step, &filter, action, &mut done).await?;
                }
            }
        }
        Ok(done)
    }

    async fn check_many(
        &self,
        caller: &Caller,
        action: Action,
        ids: Option<&[JobId]>,
    ) -> Result<(), BulkError> {
        for step in ids.unwrap_or_default().chunks(STEP_JOBS) {
            self.check_bounds(caller, step).await?;
        }
        if caller.may_act_on_all(action) {
            return Ok(());
        }
        for step in ids.ok_or(BulkError::WithoutIds)?.chunks(STEP_JOBS) {
            self.check_own(caller, step).await?;
        }
        Ok(())
    }

    pub(super) async fn next_ids(
        &self,
        filter: &JobFilter,
        before: Option<JobId>,
    ) -> StorageResult<Option<Vec<JobId>>> {
        let page = PageRequest { limit: STEP_JOBS, before };
        let ids = self.storage.job_ids(filter.clone(), page, self.clock.now()).await?;
        Ok((!ids.is_empty()).then_some(ids))
    }

    /// Acts on these jobs in one transaction.
    pub(super) async fn step_of(
        &self,
        ids: Vec<JobId>,
        filter: &JobFilter,
        action: Action,
    ) -> StorageResult<BulkDone> {
        let mut done = BulkDone::default();
        self.step(ids, filter, action, &mut done).await?;
        Ok(done)
    }

    async fn step(
        &self,
        ids: Vec<JobId>,
        filter: &JobFilter,
        action: Action,
        done: &mut BulkDone,
    ) -> StorageResult<()> {
        let step = self.storage.act_on_many(ids, filter.clone(), action, self.clock.now()).await?;
        done.matched += step.matched as u64;
        done.changed += step.acted.len() as u64;
        step.acted.into_iter().for_each(|acted| self.announce_act(action, acted));
        Ok(())
    }
}
