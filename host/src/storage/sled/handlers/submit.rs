//! Storing new jobs, once for each idempotency key, and no second one of a unique key.

use super::super::codec::{Head, OrderMark, StateRecord};
use super::super::index::Edit;
use super::super::keys;
use super::super::txn::Txn;
use super::super::view::Look;
use super::prepared::{PreparedJob, PreparedSubmission, Rows};
use super::{answers, unique};
use crate::domain::{Caller, FullJob, JobId, NameLimit, Order, Payload, StandIns, Timestamp};
use crate::ports::{StorageError, StorageResult, Submitted};

/// Who submits, and when.
#[derive(Clone, Copy)]
pub(super) struct By<'a> {
    pub(super) caller: &'a Caller,
    pub(super) names: Option<&'a NameLimit>,
    pub(super) now: Timestamp,
}

/// Stores new jobs and their orders.
pub fn submit(txn: &mut Txn<'_>, submission: PreparedSubmission) -> StorageResult<Submitted> {
    let PreparedSubmission { jobs, idempotency, caller, held, names, now, shows_results } = submission;
    let by = By { caller: &caller, names: names.as_ref(), now };
    if let Some(key) = &idempotency {
        if let Some(first) = answers::known(txn, key, now)? {
            return Ok(Submitted::Replayed(first));
        }
        answers::sweep(txn, now)?;
    }
    txn.need_room()?;
    let (mut admitted, mut stand_ins) = (Vec::with_capacity(jobs.len()), StandIns::new());
    let (mut as_asked, mut webhooks, mut answered) = (true, Vec::new(), Vec::new());
    for PreparedJob { mut full, rows, order, webhook } in jobs {
        let is_redirected = full.job.redirect(&stand_ins);
        // Most wait for nobody, and are stored as they are.
        let asked = full.job.spec.after.is_some().then(|| full.job.clone());
        let id = full.job.spec.id;
        let rows = Some(rows).filter(|_| !is_redirected);
        let (mut one, is_told) = unique::admit(txn, full, rows, order, by)?;
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
    let by = By { names: None, ..by };
    for mut webhook in webhooks {
        webhook.job.redirect(&stand_ins);
        unique::admit(txn, *webhook, None, None, by)?;
    }
    if let Some(key) = &idempotency {
        answers::remember(txn, key, answered, &held, now)?;
    }
    Ok(if as_asked { Submitted::New } else { Submitted::Admitted(admitted) })
}

/// Writes the head of a job in place of the one that is there, and its payload.
pub(super) fn put_head(txn: &mut Txn<'_>, head: Head, payload: &Payload) -> StorageResult<()> {
    let id = head.spec.id;
    txn.remove(&keys::head(id))?;
    txn.remove(&keys::payload(id))?;
    insert_head(txn, id, Rows::of(head, payload)?);
    Ok(())
}

fn insert_head(txn: &mut Txn<'_>, id: JobId, rows: Rows) {
    txn.forget_payload(id);
    txn.insert_bytes(&keys::head(id), rows.head);
    if let Some(payload) = rows.payload {
        txn.insert_bytes(&keys::payload(id), payload);
    }
}

/// Stores a job and its order. The rows are there if they were prepared for the job as it is.
pub(super) fn store(
    txn: &mut Txn<'_>,
    FullJob { job, payload }: &FullJob,
    rows: Option<Rows>,
    order: Option<&Order>,
) -> StorageResult<()> {
    let id = job.spec.id;
    if txn.index().knows(id) {
        return Err(StorageError::Corrupt(format!("a job {id} exists already")));
    }
    let rows = match rows {
        Some(rows) => rows,
        None => Rows::of(Head { spec: job.spec.clone(), version: 0, answered_until: None }, payload)?,
    };
    insert_head(txn, id, rows);
    job.spec.options.tags.iter().for_each(|tag| txn.mark(keys::tag(tag, id)));
    if let Some(order) = order {
        txn.insert(&keys::order(order.id), order)?;
        txn.mark(keys::user_order(&order.user_id, order.id));
        txn.edit(Edit::Order(order.id, Some(OrderMark::of(order).standing)));
    }
    let submitted = StateRecord::submitted(&job.spec);
    if job.state == submitted.state {
        txn.start(&job.spec, &submitted)
    } else {
        txn.save(&job.spec, &StateRecord { state: job.state.clone(), ..submitted })
    }
}
