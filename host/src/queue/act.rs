//! Actions of a person on a job: cancel, retry, delete.

use std::sync::Arc;

use super::Queue;
use crate::domain::transition::{Beyond, Interference, Refusal, Trespass};
use crate::domain::{Caller, Job, JobId, Submitter};
use crate::finishing::to_its_end;
use crate::ports::{Acted, Action, Event, Settled, StorageResult};
use crate::watching::news;

impl Queue {
    /// Cancels, retries or deletes a job, and notifies its watchers. A running attempt of this host hears
    /// of a cancellation at once, one of another host with its next heartbeat. Refused if the job belongs
    /// to another submitter and the caller may act on its own only. It finishes even if the caller disconnects.
    pub async fn act(self: &Arc<Self>, caller: &Caller, id: JobId, action: Action) -> StorageResult<Job> {
        self.check_bounds(caller, &[id]).await?;
        if !caller.may_act_on_all(action) {
            self.check_own(caller, &[id]).await?;
        }
        let queue = Arc::clone(self);
        to_its_end(async move {
            let acted = queue.storage.act(id, action, queue.clock.now()).await?;
            let job = acted.job.clone();
            queue.announce_act(action, acted);
            Ok(job)
        })
        .await
    }

    /// Cancels a job, and the jobs that it submitted so far, and those that these submitted, at most 10,000 of them. It
    /// finishes even if the caller disconnects.
    pub async fn cancel_with_submitted(self: &Arc<Self>, caller: &Caller, id: JobId) -> StorageResult<Job> {
        let job = self.act(caller, id, Action::Cancel).await?;
        let queue = Arc::clone(self);
        to_its_end(async move { queue.cancel_submitted(id).await }).await?;
        Ok(job)
    }

    /// To whom a job belongs, if it is there.
    pub async fn submitter(&self, id: JobId) -> StorageResult<Option<Submitter>> {
        Ok(self.storage.submitters(vec![id]).await?.into_iter().flatten().next())
    }

    /// Refuses jobs that the caller may not act on. The answer holds for ever: a job keeps its submitter, and
    /// no other job gets its id. A missing one is the action's to report.
    pub(super) async fn check_own(&self, caller: &Caller, ids: &[JobId]) -> StorageResult<()> {
        let submitters = self.storage.submitters(ids.to_vec()).await?;
        for (id, submitter) in ids.iter().zip(submitters) {
            let interference = Interference { job: *id, by: None, deed: Trespass::ActOn };
            submitter.map_or(Ok(()), |submitter| interference.check(caller, &submitter))?;
        }
        Ok(())
    }

    /// Refuses jobs beyond the queues and tasks that the caller is bound to.
    pub(super) async fn check_bounds(&self, caller: &Caller, ids: &[JobId]) -> StorageResult<()> {
        if caller.bounds.is_empty() {
            return Ok(());
        }
        for id in ids {
            if let Some(details) = self.storage.job(*id).await?
                && !caller.is_within_bounds(&details.job)
            {
                return Err(Refusal::from(Beyond(*id)).into());
            }
        }
        Ok(())
    }

    pub(super) fn announce_act(&self, action: Action, acted: Acted) {
        let Acted { job, order, followed } = acted;
        if job.state.cancel_requested {
            self.running.request_cancel(job.spec.id);
        }
        // Another job may have waited for the end of this one, although it did not run.
        if job.spec.options.flow.strict_order {
            self.events.wake();
        }
        match action {
            Action::Cancel | Action::Retry => news::publish(&*self.events, [Settled::alone(job, order)]),
            // Its order was cancelled if it was loading.
            Action::Delete => {
                order.into_iter().for_each(|order| self.events.publish(Event::Order(Box::new(order))))
            }
        }
        news::publish(&*self.events, followed);
    }
}
