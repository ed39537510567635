//! The inboxes of jobs.

use super::super::codec::{EventRecord, EventUrlRecord};
use super::super::keys;
use super::super::txn::Txn;
use super::super::view::Look;
use super::{apply, check_lease, load};
use crate::domain::transition::{self, Arrival, Refusal};
use crate::domain::{
    Digest, EventKey, EventName, EventUrl, INBOX_EVENTS_MAX, InboxEvent, InboxUse, JobId, Json, LeaseToken,
    Timestamp,
};
use crate::ports::{ReceivedEvent, Recipient, StorageError, StorageResult};

/// Stores an event of a job, and makes the job due if it waits for it.
pub fn receive(
    txn: &mut Txn<'_>,
    recipient: Recipient,
    value: Json,
    now: Timestamp,
) -> StorageResult<ReceivedEvent> {
    let (id, event) = match recipient {
        Recipient::Job(id, event) => (id, event),
        Recipient::Key(key) => (key.job, event_of(txn, &key, now)?),
    };
    let whole = load(txn, id)?;
    let (known, used) = (txn.event(id, &event)?, room(txn, id)?);
    let arrival = transition::receive(&whole.job, &event, &value, (known.as_ref(), used), now)?;
    let Arrival::New(change) = arrival else {
        return Ok(ReceivedEvent { job: id, event, is_new: false, woken: None });
    };
    txn.need_space()?;
    txn.insert(&keys::event(id, &event), &EventRecord { at: now, value: Some(value) })?;
    let woken = change.map(|change| apply(txn, whole, *change, now)).transpose()?;
    Ok(ReceivedEvent { job: id, event, is_new: true, woken })
}

/// The event of a key. Whether it is unknown or has expired is for nobody to learn.
fn event_of(txn: &Txn<'_>, key: &EventKey, now: Timestamp) -> StorageResult<EventName> {
    let urls: Vec<(_, EventUrlRecord)> = txn.records(&keys::event_urls(key.job))?;
    // The time that it takes to compare digests says nothing about the secret.
    let wanted = Digest::of(&key.secret);
    let found = urls.into_iter().map(|(_, url)| url).find(|url| Digest::of(&url.secret) == wanted);
    let unknown = StorageError::NotFound { what: "URL of an event", id: key.job.to_string() };
    found.filter(|url| url.expires_at > now).map(|url| url.event).ok_or(unknown)
}

fn room(txn: &Txn<'_>, id: JobId) -> StorageResult<InboxUse> {
    let events: Vec<(_, EventRecord)> = txn.records(&keys::events(id))?;
    let values = events.iter().filter_map(|(_, event)| event.value.as_ref());
    Ok(InboxUse { events: events.len(), bytes: values.map(|value| value.as_str().len()).sum() })
}

/// Records that a job waited for an event in vain, unless it arrived.
pub fn time_out(
    txn: &mut Txn<'_>,
    id: JobId,
    token: LeaseToken,
    event: &EventName,
    now: Timestamp,
) -> StorageResult<InboxEvent> {
    check_lease(txn, id, token)?;
    if let Some(known) = txn.event(id, event)? {
        return Ok(known);
    }
    txn.insert(&keys::event(id, event), &EventRecord { at: now, value: None })?;
    Ok(InboxEvent::TimedOut)
}

/// Stores the one-time URL of an event, unless there is one that still works.
pub fn open_url(
    txn: &mut Txn<'_>,
    token: LeaseToken,
    url: EventUrl,
    now: Timestamp,
) -> StorageResult<EventUrl> {
    let id = url.key.job;
    check_lease(txn, id, token)?;
    let row = keys::event_url(id, &url.event);
    match txn.record::<EventUrlRecord>(&row)? {
        Some(EventUrlRecord { event, secret, expires_at }) if expires_at > now => {
            return Ok(EventUrl { event, key: EventKey { job: id, secret }, expires_at });
        }
        Some(_) => {}
        None if txn.keys(&keys::event_urls(id))?.len() >= INBOX_EVENTS_MAX => {
            return Err(Refusal::InboxFull.into());
        }
        None => {}
    }
    let EventUrl { event, key, expires_at } = url.clone();
    txn.put(&row, &EventUrlRecord { event, secret: key.secret, expires_at })?;
    Ok(url)
}
