//! What a person does with a job: cancel, retry, delete.

use super::Queue;
use crate::domain::{Job, JobId};
use crate::ports::{Acted, Action, Event, StorageResult};

impl Queue {
    /// Cancels, retries or deletes a job, and tells its watchers. A running attempt of this host hears
    /// of a cancellation at once, one of another host with its next heartbeat.
    pub async fn act(&self, id: JobId, action: Action) -> StorageResult<Job> {
        let acted = self.storage.act(id, action, self.clock.now()).await?;
        let job = acted.job.clone();
        self.announce_act(action, acted);
        Ok(job)
    }

    pub(super) fn announce_act(&self, action: Action, acted: Acted) {
        let Acted { job, order } = acted;
        if job.state.cancel_requested {
            self.running.request_cancel(job.spec.id);
        }
        if action == Action::Retry {
            self.events.wake();
        }
        if action != Action::Delete {
            self.events.publish(Event::Job(Box::new(job)));
            order.into_iter().for_each(|order| self.events.publish(Event::Order(order)));
        }
    }
}
