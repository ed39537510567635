//! Durable inboxes: the external events that jobs wait for.

use async_trait::async_trait;

use super::{Settled, StorageResult};
use crate::domain::{EventKey, EventName, EventUrl, InboxEvent, JobId, Json, LeaseToken, Timestamp};

/// The recipient of an event.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Recipient {
    /// An event of a job.
    Job(JobId, EventName),
    /// The event of this one-time URL.
    Key(EventKey),
}

/// An event that was received.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ReceivedEvent {
    /// Its job.
    pub job: JobId,
    /// The event.
    pub event: EventName,
    /// Whether it is new, and not one that arrived before with the same value.
    pub is_new: bool,
    /// The job, if it waits no longer.
    pub woken: Option<Settled>,
}

/// Durable inboxes. See [`super::Storage`] for what every method promises. The inbox of a job is deleted with it.
#[async_trait]
pub trait InboxStore: Send + Sync {
    /// Stores the value of an event, by [`crate::domain::transition::receive`]. Fails with
    /// [`NotFound`](super::StorageError::NotFound) if there is no such job, or no such key at this time.
    async fn receive(
        &self,
        recipient: Recipient,
        value: Json,
        now: Timestamp,
    ) -> StorageResult<ReceivedEvent>;

    /// What came of an event of a job so far.
    async fn event(&self, id: JobId, event: EventName) -> StorageResult<Option<InboxEvent>>;

    /// Records that a running job waited for an event in vain, unless it arrived meanwhile, and returns what came of it. A
    /// stale token is refused.
    async fn time_out(
        &self,
        id: JobId,
        token: LeaseToken,
        event: EventName,
        now: Timestamp,
    ) -> StorageResult<InboxEvent>;

    /// Stores the one-time URL of an event of a running job. If there is one already that still works at this time, it is
    /// returned instead. A stale token is refused, and so is one URL more than a job may have events.
    async fn open_url(&self, token: LeaseToken, url: EventUrl, now: Timestamp) -> StorageResult<EventUrl>;
}
