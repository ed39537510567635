//! Storing new jobs, once for each idempotency key, and no second one of a unique key.

use super::super::codec::{Head, HeadRecord, INLINE_PAYLOAD_BYTES_MAX, OrderMark, StateRecord};
use super::super::index::Edit;
use super::super::keys;
use super::super::txn::Txn;
use super::super::view::Look;
use super::{answers, unique};
use crate::domain::{Caller, FullJob, Order, Payload, StandIns, Timestamp};
use crate::ports::{NewJob, StorageError, StorageResult, Submission, Submitted};

/// Who submits, and when.
#[derive(Clone, Copy)]
pub(super) struct By<'a> {
    pub(super) caller: &'a Caller,
    pub(super) now: Timestamp,
    /// Until when the submission's idempotency key is kept.
    pub(super) key_until: Option<Timestamp>,
}

/// Stores new jobs and their orders.
pub fn submit(txn: &mut Txn<'_>, submission: Submission) -> StorageResult<Submitted> {
    let shows_results = submission.shows_results();
    let Submission { jobs, idempotency, caller, names, now } = submission;
    let by = By { caller: &caller, now, key_until: idempotency.as_ref().map(|key| key.expires_at) };
    if let Some(key) = &idempotency {
        if let Some(first) = answers::known(txn, key, now)? {
            return Ok(Submitted::Replayed(first));
        }
        answers::sweep(txn, now)?;
    }
    txn.need_room()?;
    let (mut admitted, mut stand_ins) = (Vec::with_capacity(jobs.len()), StandIns::new());
    let (mut as_asked, mut webhooks, mut answered) = (true, Vec::new(), Vec::new());
    for NewJob { mut job, payload, order, webhook } in jobs {
        if let Some(names) = &names {
            names.check(&job.spec, txn.index())?;
        }
        job.redirect(&stand_ins);
        // Most wait for nobody, and are stored as they are.
        let asked = job.spec.after.is_some().then(|| job.clone());
        let id = job.spec.id;
        let (mut one, is_told) = unique::admit(txn, FullJob { job, payload }, order, by)?;
        webhooks.extend(webhook.filter(|_| !is_told));
        as_asked &= !one.duplicate && one.superseded.is_none() && asked.is_none_or(|asked| asked == one.job);
        if one.duplicate {
            stand_ins.insert(id, one.job.spec.id);
        }
        if one.duplicate && shows_results {
            (one.output, one.errors) = (txn.output(one.job.spec.id)?, txn.errors(one.job.spec.id)?);
        }
        // A later job of the submission may replace it.
        if let Some(key) = &idempotency {
            answered.push(answers::answered(txn, &one, key.expires_at)?);
        }
        admitted.push(one);
    }
    for mut webhook in webhooks {
        webhook.job.redirect(&stand_ins);
        unique::admit(txn, *webhook, None, by)?;
    }
    if let Some(key) = &idempotency {
        answers::remember(txn, key, answered, now)?;
    }
    Ok(if as_asked { Submitted::New } else { Submitted::Admitted(admitted) })
}

/// Writes the head of a job, and its payload behind it or in a row of its own.
pub(super) fn put_head(txn: &mut Txn<'_>, head: Head, payload: &Payload) -> StorageResult<()> {
    let id = head.spec.id;
    let fits = payload.bytes() <= INLINE_PAYLOAD_BYTES_MAX;
    txn.put(&keys::head(id), &HeadRecord { head, payload: fits.then(|| payload.clone()) })?;
    if fits { txn.remove(&keys::payload(id)) } else { txn.put(&keys::payload(id), payload) }
}

/// Stores a job and its order.
pub(super) fn store(
    txn: &mut Txn<'_>,
    new: &FullJob,
    order: Option<&Order>,
    until: Option<Timestamp>,
) -> StorageResult<()> {
    let FullJob { job, payload } = new;
    let id = job.spec.id;
    if txn.index().knows(id) {
        return Err(StorageError::Corrupt(format!("a job {id} exists already")));
    }
    insert_head(txn, Head { spec: job.spec.clone(), version: 0, answered_until: until }, payload)?;
    job.spec.options.tags.iter().for_each(|tag| txn.mark(keys::tag(tag, id)));
    if let Some(order) = order {
        txn.insert(&keys::order(order.id), order)?;
        txn.mark(keys::user_order(&order.user_id, order.id));
        txn.edit(Edit::Order(order.id, Some(OrderMark::of(order).standing)));
    }
    let submitted = StateRecord::submitted(&job.spec);
    if job.state == submitted.state {
        txn.start(&job.spec, &submitted);
        Ok(())
    } else {
        txn.save(&job.spec, &StateRecord { state: job.state.clone(), ..submitted })
    }
}

/// Writes the head of a job that is not there yet.
fn insert_head(txn: &mut Txn<'_>, head: Head, payload: &Payload) -> StorageResult<()> {
    let id = head.spec.id;
    let fits = payload.bytes() <= INLINE_PAYLOAD_BYTES_MAX;
    txn.insert(&keys::head(id), &HeadRecord { head, payload: fits.then(|| payload.clone()) })?;
    if fits { Ok(()) } else { txn.insert(&keys::payload(id), payload) }
}
