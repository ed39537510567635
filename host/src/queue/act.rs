//! What a person does with a job: cancel, retry, delete.

use super::{Queue, news};
use crate::domain::transition::{Interference, Refusal, Trespass};
use crate::domain::{Caller, Job, JobId, Reach};
use crate::ports::{Acted, Action, Event, Settled, StorageResult};

impl Queue {
    /// Cancels, retries or deletes a job, and tells its watchers. A running attempt of this host hears
    /// of a cancellation at once, one of another host with its next heartbeat. Refused if the job belongs
    /// to another submitter and the caller may act on its own only.
    pub async fn act(&self, caller: &Caller, id: JobId, action: Action) -> StorageResult<Job> {
        if let Some(refusal) = self.foreign(caller, id).await? {
            return Err(refusal.into());
        }
        let acted = self.storage.act(id, action, self.clock.now()).await?;
        let job = acted.job.clone();
        self.announce_act(action, acted);
        Ok(job)
    }

    /// Why the caller may not act on this job, if it may not. The answer holds for ever: a job keeps its
    /// submitter, and no other job gets its id. One that is not there is left to the action to tell.
    pub(super) async fn foreign(&self, caller: &Caller, id: JobId) -> StorageResult<Option<Refusal>> {
        if caller.reach >= Reach::Operate {
            return Ok(None);
        }
        let Some(details) = self.storage.job(id).await? else { return Ok(None) };
        let interference = Interference { job: id, by: None, deed: Trespass::ActOn };
        Ok(interference.check(caller, &details.job.spec.submitter).err())
    }

    pub(super) fn announce_act(&self, action: Action, acted: Acted) {
        let Acted { job, order, followed } = acted;
        if job.state.cancel_requested {
            self.running.request_cancel(job.spec.id);
        }
        // Another job may have waited for the end of this one, although it did not run.
        if job.spec.options.lane.strict_order {
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
