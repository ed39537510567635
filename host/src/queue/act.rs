//! What a person does with a job: cancel, retry, delete.

use super::Queue;
use crate::domain::{Job, JobId};
use crate::ports::{Action, Event, StorageResult};

impl Queue {
    /// Cancels, retries or deletes a job, and tells its watchers. A running attempt of this host hears
    /// of a cancellation at once, one of another host with its next heartbeat.
    pub async fn act(&self, id: JobId, action: Action) -> StorageResult<Job> {
        let acted = self.storage.act(id, action, self.clock.now()).await?;
        if acted.job.state.cancel_requested {
            self.running.request_cancel(id);
        }
        if action == Action::Retry {
            self.events.wake();
        }
        if action != Action::Delete {
            self.events.publish(Event::Job(Box::new(acted.job.clone())));
            if let Some(order) = acted.order {
                self.events.publish(Event::Order(order));
            }
        }
        Ok(acted.job)
    }
}
