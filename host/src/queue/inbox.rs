//! External events that jobs wait for.

use std::sync::Arc;

use super::Queue;
use crate::domain::{Caller, EventKey, EventName, JobId, Json, Reach};
use crate::finishing::to_its_end;
use crate::ports::{ReceivedEvent, Recipient, StorageResult};
use crate::watching::news;

impl Queue {
    /// Sends an event to a job, and runs the job if it waits for it. Refused if the job belongs to another submitter and the
    /// caller may act on its own only. It finishes even if the caller disconnects.
    pub async fn send_event(
        self: &Arc<Self>,
        caller: &Caller,
        id: JobId,
        event: EventName,
        value: Json,
    ) -> StorageResult<ReceivedEvent> {
        self.check_bounds(caller, &[id]).await?;
        if caller.reach < Reach::Operate {
            self.check_own(caller, &[id]).await?;
        }
        self.receive(Recipient::Job(id, event), value).await
    }

    /// Sends the event of a one-time URL, likewise.
    pub async fn send_event_by_key(
        self: &Arc<Self>,
        key: EventKey,
        value: Json,
    ) -> StorageResult<ReceivedEvent> {
        self.receive(Recipient::Key(key), value).await
    }

    async fn receive(self: &Arc<Self>, recipient: Recipient, value: Json) -> StorageResult<ReceivedEvent> {
        let queue = Arc::clone(self);
        to_its_end(async move {
            let mut received = queue.storage.receive(recipient, value, queue.clock.now()).await?;
            if let Some(woken) = received.woken.take() {
                queue.events.wake();
                news::publish(&*queue.events, [woken]);
            }
            Ok(received)
        })
        .await
    }
}
