//! Inboxes of jobs in the model.

use async_trait::async_trait;
use taskbox::domain::transition::{self, Arrival, Refusal};
use taskbox::domain::{
    EventKey, EventName, EventUrl, INBOX_EVENTS_MAX, InboxEvent, InboxUse, JobId, Json, LeaseToken, Timestamp,
};
use taskbox::ports::{InboxStore, ReceivedEvent, Recipient, StorageError, StorageResult};

use super::{Everything, ModelStorage};

#[async_trait]
impl InboxStore for ModelStorage {
    async fn receive(
        &self,
        recipient: Recipient,
        value: Json,
        now: Timestamp,
    ) -> StorageResult<ReceivedEvent> {
        self.write(|all| all.receive(recipient, value, now))
    }

    async fn event(&self, id: JobId, event: EventName) -> StorageResult<Option<InboxEvent>> {
        Ok(self.read(|all| all.event(id, &event)))
    }

    async fn time_out(
        &self,
        id: JobId,
        token: LeaseToken,
        event: EventName,
        _: Timestamp,
    ) -> StorageResult<InboxEvent> {
        self.write(|all| {
            let row = all.row(id)?;
            transition::check_lease(&row.job.state, token)?;
            Ok(row.events.entry(event).or_insert(InboxEvent::TimedOut).clone())
        })
    }

    async fn open_url(&self, token: LeaseToken, url: EventUrl, now: Timestamp) -> StorageResult<EventUrl> {
        self.write(|all| {
            let row = all.row(url.key.job)?;
            transition::check_lease(&row.job.state, token)?;
            if let Some(open) = row.urls.get(&url.event).filter(|open| open.expires_at > now) {
                return Ok(open.clone());
            }
            if row.urls.len() >= INBOX_EVENTS_MAX && !row.urls.contains_key(&url.event) {
                return Err(Refusal::InboxFull.into());
            }
            row.urls.insert(url.event.clone(), url.clone());
            Ok(url)
        })
    }
}

impl Everything {
    pub(super) fn event(&self, id: JobId, event: &EventName) -> Option<InboxEvent> {
        self.jobs.get(&id).and_then(|row| row.events.get(event).cloned())
    }

    fn receive(&mut self, recipient: Recipient, value: Json, now: Timestamp) -> StorageResult<ReceivedEvent> {
        let (id, event) = match recipient {
            Recipient::Job(id, event) => (id, event),
            Recipient::Key(key) => (key.job, self.event_of(&key, now)?),
        };
        let (job, _) = self.job_and_order(id)?;
        let (known, used) = (self.event(id, &event), self.room(id)?);
        let arrival = transition::receive(&job, &event, &value, (known.as_ref(), used), now)?;
        let Arrival::New(change) = arrival else {
            return Ok(ReceivedEvent { job: id, event, is_new: false, woken: None });
        };
        self.row(id)?.events.insert(event.clone(), InboxEvent::Value(value));
        let woken = change.map(|change| self.apply(id, *change, now)).transpose()?;
        Ok(ReceivedEvent { job: id, event, is_new: true, woken })
    }

    fn event_of(&self, key: &EventKey, now: Timestamp) -> StorageResult<EventName> {
        let urls = self.jobs.get(&key.job).into_iter().flat_map(|row| row.urls.values());
        let found = urls.filter(|url| url.expires_at > now).find(|url| url.key == *key);
        let unknown = StorageError::NotFound { what: "URL of an event", id: key.job.to_string() };
        found.map(|url| url.event.clone()).ok_or(unknown)
    }

    fn room(&mut self, id: JobId) -> StorageResult<InboxUse> {
        let events = &self.row(id)?.events;
        let bytes = |event: &InboxEvent| match event {
            InboxEvent::Value(value) => value.as_str().len(),
            InboxEvent::TimedOut => 0,
        };
        Ok(InboxUse { events: events.len(), bytes: events.values().map(bytes).sum() })
    }
}
