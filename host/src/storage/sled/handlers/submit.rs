//! Storing new jobs, once for each idempotency key, and no second one of a unique key.

use std::collections::HashSet;

use super::super::chunks::Rows;
use super::super::codec::{IdempotencyRecord, OrderMark, StateRecord};
use super::super::keys;
use super::super::txn::{Edit, Txn};
use super::super::view::Look;
use super::unique;
use crate::domain::{Caller, Job, JobId, Order, StandIns, Timestamp};
use crate::ports::{IdempotencyKey, StorageError, StorageResult, Submission, Submitted};

/// How many expired idempotency keys the first new key of a group sweeps out. Few, so that no request
/// waits for old ones.
const SWEPT_FIRST: usize = 64;

/// How many each further key of the group sweeps out. More than one, so that they go faster than they
/// come, however large the groups are.
const SWEPT_NEXT: usize = 2;

/// Who submits, and when.
#[derive(Clone, Copy)]
pub(super) struct By<'a> {
    pub(super) caller: &'a Caller,
    pub(super) now: Timestamp,
}

/// Stores new jobs and their orders.
pub fn submit(txn: &mut Txn<'_>, submission: Submission) -> StorageResult<Submitted> {
    let Submission { jobs, webhooks, idempotency, caller, now } = submission;
    let by = By { caller: &caller, now };
    if let Some(key) = &idempotency {
        if let Some(known) = known(txn, key, now)? {
            return replay(txn, key, &known);
        }
        sweep(txn, now)?;
    }
    txn.need_room()?;
    let (mut admitted, mut stand_ins) = (Vec::with_capacity(jobs.len()), StandIns::new());
    let (mut as_asked, mut told) = (true, HashSet::new());
    for (mut job, order) in jobs {
        job.redirect(&stand_ins);
        // Most wait for nobody, and are stored as they are.
        let asked = job.spec.after.is_some().then(|| job.clone());
        let id = job.spec.id;
        let (one, is_told) = unique::admit(txn, job, order, by)?;
        if is_told {
            told.insert(id);
        }
        as_asked &= !one.duplicate && one.superseded.is_none() && asked.is_none_or(|asked| asked == one.job);
        if one.duplicate {
            stand_ins.insert(id, one.job.spec.id);
        }
        admitted.push(one);
    }
    for mut webhook in webhooks {
        if webhook.spec.after.iter().flat_map(|after| &after.jobs).any(|job| told.contains(job)) {
            continue;
        }
        webhook.redirect(&stand_ins);
        unique::admit(txn, webhook, None, by)?;
    }
    if let Some(key) = &idempotency {
        remember(txn, key, admitted.iter().map(|admitted| admitted.job.spec.id).collect())?;
    }
    Ok(if as_asked { Submitted::New } else { Submitted::Admitted(admitted) })
}

fn known(txn: &Txn<'_>, key: &IdempotencyKey, now: Timestamp) -> StorageResult<Option<IdempotencyRecord>> {
    let record: Option<IdempotencyRecord> = txn.record(&keys::idempotency(&key.scope, &key.key))?;
    Ok(record.filter(|record| record.expires_at > now))
}

fn replay(txn: &Txn<'_>, key: &IdempotencyKey, known: &IdempotencyRecord) -> StorageResult<Submitted> {
    if known.fingerprint != key.fingerprint {
        return Err(StorageError::KeyReused);
    }
    let mut jobs = Vec::with_capacity(known.jobs.len());
    for id in &known.jobs {
        jobs.push(match txn.job(*id)? {
            Some((job, record)) => Some((job, txn.order_of(&record)?)),
            None => None,
        });
    }
    Ok(Submitted::Replayed(jobs))
}

fn remember(txn: &mut Txn<'_>, key: &IdempotencyKey, jobs: Vec<JobId>) -> StorageResult<()> {
    let row = keys::idempotency(&key.scope, &key.key);
    if let Some(expired) = txn.record::<IdempotencyRecord>(&row)? {
        txn.unmark(keys::idempotency_expiry(expired.expires_at, &row));
    }
    txn.put(&row, &IdempotencyRecord { fingerprint: key.fingerprint, expires_at: key.expires_at, jobs })?;
    txn.mark(keys::idempotency_expiry(key.expires_at, &row));
    Ok(())
}

/// Stores a job and its order.
pub(super) fn store(txn: &mut Txn<'_>, job: &Job, order: Option<&Order>) -> StorageResult<()> {
    let id = job.spec.id;
    if txn.row(&keys::state(id))?.is_some() {
        return Err(StorageError::Corrupt(format!("a job {id} exists already")));
    }
    let record = StateRecord::new(job, order);
    txn.insert(&keys::spec(id), &job.spec)?;
    txn.insert(&keys::state(id), &record)?;
    job.spec.tags.iter().for_each(|tag| txn.mark(keys::tag(tag, id)));
    if let Some(order) = order {
        txn.insert(&keys::order(order.id), order)?;
        txn.mark(keys::user_order(&order.user_id, order.id));
        txn.edit(Edit::Order(order.id, Some(OrderMark::of(order).standing)));
    }
    txn.edit(Edit::Job(id, Some(Box::new(record))));
    Ok(())
}

/// Drops some expired idempotency keys, those behind the ones that the group dropped before.
fn sweep(txn: &mut Txn<'_>, now: Timestamp) -> StorageResult<()> {
    let marks = keys::idempotency_expiries();
    let (after, count) = match txn.swept() {
        None => (marks.clone(), SWEPT_FIRST),
        Some(last) => (last.clone(), SWEPT_NEXT),
    };
    for mark in txn.stored_keys(marks, after).take(count) {
        let mark = mark?;
        let (expires_at, row) =
            keys::expiring(&mark).ok_or_else(|| StorageError::Corrupt("an expiry has no time".to_owned()))?;
        if expires_at > now {
            break;
        }
        // The same key may have been used anew by a request before this one in the group.
        if txn.record::<IdempotencyRecord>(&row)?.is_some_and(|record| record.expires_at == expires_at) {
            txn.remove(&row)?;
        }
        txn.unmark(mark.clone());
        txn.set_swept(mark);
    }
    Ok(())
}
