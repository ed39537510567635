//! Storing new jobs, once for each idempotency key, and no second one of a unique key.

use super::super::chunks::Rows;
use super::super::codec::{HeadRecord, INLINE_PAYLOAD_BYTES_MAX, OrderMark, StateRecord};
use super::super::keys;
use super::super::txn::{Edit, Txn};
use super::super::view::Look;
use super::{answers, unique};
use crate::domain::{Caller, FullJob, Order, StandIns, Timestamp};
use crate::ports::{NewJob, StorageError, StorageResult, Submission, Submitted};

/// Who submits, and when.
#[derive(Clone, Copy)]
pub(super) struct By<'a> {
    pub(super) caller: &'a Caller,
    pub(super) now: Timestamp,
}

/// Stores new jobs and their orders.
pub fn submit(txn: &mut Txn<'_>, submission: Submission) -> StorageResult<Submitted> {
    let shows_results = submission.shows_results();
    let Submission { jobs, idempotency, caller, names, now } = submission;
    let by = By { caller: &caller, now };
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
pub(super) fn put_head(txn: &mut Txn<'_>, FullJob { job, payload }: &FullJob) -> StorageResult<()> {
    let id = job.spec.id;
    let fits = payload.bytes() <= INLINE_PAYLOAD_BYTES_MAX;
    let head = HeadRecord { spec: job.spec.clone(), payload: fits.then(|| payload.clone()) };
    txn.put(&keys::head(id), &head)?;
    if fits { txn.remove(&keys::payload(id)) } else { txn.put(&keys::payload(id), payload) }
}

/// Stores a job and its order.
pub(super) fn store(txn: &mut Txn<'_>, new: &FullJob, order: Option<&Order>) -> StorageResult<()> {
    let job = &new.job;
    let id = job.spec.id;
    if txn.row(&keys::state(id))?.is_some() {
        return Err(StorageError::Corrupt(format!("a job {id} exists already")));
    }
    let record = StateRecord::new(job, order);
    put_head(txn, new)?;
    txn.insert(&keys::state(id), &record)?;
    job.spec.options.tags.iter().for_each(|tag| txn.mark(keys::tag(tag, id)));
    if let Some(order) = order {
        txn.insert(&keys::order(order.id), order)?;
        txn.mark(keys::user_order(&order.user_id, order.id));
        txn.edit(Edit::Order(order.id, Some(OrderMark::of(order).standing)));
    }
    txn.edit(Edit::Job(id, Some(Box::new(record))));
    Ok(())
}
