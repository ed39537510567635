//! Answers of idempotency keys: kept with them as far as they cannot be read again.
//!
//! An input is written once, with its job. A key remembers which version of it the first answer had, and the
//! job's state remembers until when a key may ask for it. Only a job that is replaced, deleted or run again
//! before that leaves a copy of its input and results behind, and the copy expires with the last such key.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use super::super::codec::{AnsweredJob, Head, HeldTask, IdempotencyRecord, SetAsideRecord, ShownJob};
use super::super::keys::{self, Expiring};
use super::super::txn::Txn;
use super::super::view::Look;
use super::{heads, no_job};
use crate::domain::submission::is_repeated;
use crate::domain::{Job, JobId, JobState, Order, Payload, TaskHolds, Timestamp};
use crate::ports::{Admitted, FirstAnswer, IdempotencyKey, StorageError, StorageResult};

/// Expired rows that the first sweep of a group removes. Few, so that no request waits for old ones.
const SWEPT_FIRST: usize = 64;

/// Expired rows that each further sweep of the group removes. More than one, so that keys go faster than they come,
/// however large the groups are.
const SWEPT_NEXT: usize = 2;

/// The first answer that a key gave, if it is kept.
pub fn known(rows: &impl Look, key: &IdempotencyKey, now: Timestamp) -> StorageResult<Option<FirstAnswer>> {
    let record: Option<IdempotencyRecord> = rows.record(&keys::idempotency(&key.scope, &key.key))?;
    let stored = record.as_ref().map(|record| (&record.fingerprint, record.expires_at));
    let is_repeated = is_repeated(stored, &key.fingerprint, now)?;
    let Some(record) = record.filter(|_| is_repeated) else { return Ok(None) };
    let (mut jobs, mut payloads) = (Vec::with_capacity(record.jobs.len()), Payloads::new());
    for answered in record.jobs {
        match read_again(rows, answered, &mut payloads)? {
            Some(admitted) => jobs.push(admitted),
            // A copy that is gone was swept out by a clock that was ahead: the key had expired by it.
            None => return Ok(None),
        }
    }
    let held = record.held.into_iter().map(|held| (held.task, held.hold)).collect();
    Ok(Some(FirstAnswer { at: record.at, jobs, held }))
}

/// Payloads of the jobs of an answer. Those that are one and the same share it, however large it is.
type Payloads = BTreeMap<JobId, Payload>;

fn read_again(
    rows: &impl Look,
    answered: AnsweredJob,
    payloads: &mut Payloads,
) -> StorageResult<Option<Admitted>> {
    let Some(had) = had(rows, &answered, payloads)? else { return Ok(None) };
    let SetAsideRecord { spec, payload, output, errors } = had;
    let Some(shown) = answered.shown else {
        let order = spec.order.map_or(Ok(None), |order| rows.order(order))?;
        let order = order.map(|order| order.as_placed());
        return Ok(Some(Admitted::new(Job::new(spec), payload, order)));
    };
    let ShownJob { state, order, duplicate, errors: error_count, output: shows_output } = *shown;
    Ok(Some(Admitted {
        job: Job { spec, state },
        payload,
        order,
        output: output.filter(|_| shows_output),
        errors: errors.into_iter().take(error_count as usize).collect(),
        duplicate,
        superseded: None,
    }))
}

/// The input and the results that a job had when it was answered.
fn had(
    rows: &impl Look,
    answered: &AnsweredJob,
    payloads: &mut Payloads,
) -> StorageResult<Option<SetAsideRecord>> {
    let id = answered.id;
    let Some(Head { spec, .. }) = rows.head(id)?.filter(|head| head.version == answered.version) else {
        return rows.record(&keys::set_aside(id, answered.version));
    };
    let shows = |results: fn(&ShownJob) -> bool| answered.shown.as_deref().is_some_and(results);
    let output = if shows(|shown| shown.output) { rows.output(id)? } else { None };
    let errors = if shows(|shown| shown.errors > 0) { rows.errors(id)? } else { Vec::new() };
    let payload = match payloads.entry(id) {
        Entry::Occupied(known) => known.get().clone(),
        Entry::Vacant(entry) => entry.insert(rows.payload(id)?).clone(),
    };
    Ok(Some(SetAsideRecord { spec, payload, output, errors }))
}

/// Keeps with a key what its first answer says.
pub fn remember(
    txn: &mut Txn<'_>,
    key: &IdempotencyKey,
    jobs: Vec<AnsweredJob>,
    held: &TaskHolds,
    now: Timestamp,
) -> StorageResult<()> {
    let row = keys::idempotency(&key.scope, &key.key);
    if let Some(expired) = txn.record::<IdempotencyRecord>(&row)? {
        txn.unmark(keys::idempotency_expiry(expired.expires_at, &row));
    }
    let (fingerprint, expires_at) = (key.fingerprint, key.expires_at);
    let held = held.iter().map(|(task, hold)| HeldTask { task: task.clone(), hold }).collect();
    txn.put(&row, &IdempotencyRecord { fingerprint, expires_at, at: now, jobs, held })?;
    txn.mark(keys::idempotency_expiry(expires_at, &row));
    Ok(())
}

/// The record of a job's answer. From now on the job has the time until which it may be asked for.
pub fn answered(txn: &mut Txn<'_>, admitted: &Admitted, until: Timestamp) -> StorageResult<AnsweredJob> {
    let id = admitted.job.spec.id;
    let head = txn.head(id)?.ok_or_else(|| no_job(id))?;
    let version = head.version;
    let shown = (!is_as_submitted(admitted)).then(|| Box::new(ShownJob::of(admitted)));
    if head.answered_until < Some(until) {
        let payload = txn.payload(id)?;
        heads::put_head(txn, Head { answered_until: Some(until), ..head }, &payload)?;
    }
    Ok(AnsweredJob { id, version, shown })
}

/// Whether the answer follows from what was submitted.
fn is_as_submitted(admitted: &Admitted) -> bool {
    let Admitted { job, payload: _, order, output, errors, duplicate, superseded: _ } = admitted;
    let is_placed = |order: &Order| *order == order.as_placed();
    !duplicate
        && job.state == JobState::submitted(&job.spec)
        && order.as_ref().is_none_or(is_placed)
        && output.is_none()
        && errors.is_empty()
}

/// Sets the input and the results of a job aside before they are replaced or removed, if a key may still ask
/// for them. Returns the version that the job has from then on.
pub fn set_aside(txn: &mut Txn<'_>, id: JobId, now: Timestamp) -> StorageResult<u32> {
    let head = txn.head(id)?.ok_or_else(|| no_job(id))?;
    let version = head.version;
    let Some(until) = head.answered_until.filter(|until| *until > now) else { return Ok(version) };
    let (payload, output, errors) = (txn.payload(id)?, txn.output(id)?, txn.errors(id)?);
    let copy = SetAsideRecord { spec: head.spec.clone(), payload: payload.clone(), output, errors };
    txn.insert(&keys::set_aside(id, version), &copy)?;
    txn.mark(keys::set_aside_expiry(until, id, version));
    heads::put_head(txn, Head { version: version + 1, answered_until: None, ..head }, &payload)?;
    Ok(version + 1)
}

/// Takes out some expired keys and copies, those behind the ones that the group took out before.
pub fn sweep(txn: &mut Txn<'_>, now: Timestamp) -> StorageResult<()> {
    let marks = keys::expiries();
    let (after, count) = match txn.swept() {
        None => (marks.clone(), SWEPT_FIRST),
        Some(last) => (last.clone(), SWEPT_NEXT),
    };
    for mark in txn.stored_keys(marks, after).take(count) {
        let mark = mark?;
        let (expires_at, expiring) =
            keys::expiring(&mark).ok_or_else(|| StorageError::Corrupt("an expiry has no time".to_owned()))?;
        if expires_at > now {
            break;
        }
        match expiring {
            Expiring::Key(row) => forget_key(txn, &row, expires_at)?,
            Expiring::SetAside(row) => txn.remove(&row)?,
        }
        txn.unmark(mark.clone());
        txn.set_swept(mark);
    }
    Ok(())
}

/// The same key may have been used anew by a request before this one in the group.
fn forget_key(txn: &mut Txn<'_>, row: &keys::Key, expires_at: Timestamp) -> StorageResult<()> {
    if txn.record::<IdempotencyRecord>(row)?.is_some_and(|record| record.expires_at == expires_at) {
        txn.remove(row)?;
    }
    Ok(())
}
