//! What a person does with a job: cancel, retry, delete.

use super::{Queue, news};
use crate::domain::{Job, JobId};
use crate::ports::{Acted, Action, Settled, StorageResult};

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
        let Acted { job, order, followed } = acted;
        if job.state.cancel_requested {
            self.running.request_cancel(job.spec.id);
        }
        // Another job may have waited for the end of this one, although it did not run.
        if job.spec.lane.strict_order {
            self.events.wake();
        }
        if action != Action::Delete {
            news::publish(&*self.events, [Settled::alone(job, order)]);
        }
        news::publish(&*self.events, followed);
    }
}
