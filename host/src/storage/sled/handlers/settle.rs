//! Writes of an attempt, and the rescue of those whose host fell silent.

use super::super::codec::{CheckpointRecord, INLINE_RESULT_BYTES_MAX, LogRecord, StateRecord};
use super::super::keys;
use super::super::txn::Txn;
use super::super::view::Look;
use super::{apply, load, load_named, no_job};
use crate::domain::transition;
use crate::domain::{AttemptError, JitterSeed, JobId, Json, LeaseToken, Timestamp};
use crate::ports::{EndedAttempt, LOGS_KEPT_MAX, Rescued, Settled, StorageError, StorageResult};

/// Writes the results of attempts. One that is refused has written nothing by then.
pub fn settle(
    txn: &mut Txn<'_>,
    ended: Vec<EndedAttempt>,
    now: Timestamp,
) -> StorageResult<Vec<StorageResult<Settled>>> {
    let answer = |ended| match settle_one(txn, ended, now) {
        Err(error @ (StorageError::Refused(_) | StorageError::NotFound { .. })) => Ok(Err(error)),
        Err(error) => Err(error),
        Ok(settled) => Ok(Ok(settled)),
    };
    ended.into_iter().map(answer).collect()
}

fn settle_one(txn: &mut Txn<'_>, ended: EndedAttempt, now: Timestamp) -> StorageResult<Settled> {
    let EndedAttempt { job: id, settlement, log } = ended;
    let mut whole = load(txn, id)?;
    let attempt = whole.job.state.attempt;
    let awaited = settlement.outcome.awaited().map(|event| txn.event(id, event)).transpose()?;
    let arrived = awaited.flatten().is_some();
    let change = transition::settle(&whole.job, whole.order.as_ref(), settlement, arrived, now)?;
    if !log.is_empty() {
        append_log(txn, id, &mut whole.record, LogRecord { attempt, text: log })?;
    }
    apply(txn, whole, change, now)
}

/// Adds what an attempt printed. The latest log is inside the state if it is small; it makes place for the
/// next one.
fn append_log(txn: &mut Txn<'_>, id: JobId, record: &mut StateRecord, log: LogRecord) -> StorageResult<()> {
    if let Some(before) = record.log.take() {
        txn.insert(&keys::log(id, record.logs - 1), &before)?;
    }
    if log.text.len() <= INLINE_RESULT_BYTES_MAX {
        record.log = Some(log);
    } else {
        txn.insert(&keys::log(id, record.logs), &log)?;
    }
    if let Some(oldest) = record.logs.checked_sub(LOGS_KEPT_MAX) {
        txn.remove(&keys::log(id, oldest))?;
    }
    record.logs += 1;
    Ok(())
}

/// Appends a result that came too late to the job's history.
pub fn note_late(txn: &mut Txn<'_>, id: JobId, error: &AttemptError) -> StorageResult<()> {
    let Some(mut record) = txn.state(id)? else { return Ok(()) };
    txn.insert(&keys::error(id, record.errors), error)?;
    record.errors += 1;
    txn.save_state(id, &record)
}

/// Stores a checkpoint of a running job.
pub fn save_checkpoint(
    txn: &mut Txn<'_>,
    id: JobId,
    token: LeaseToken,
    name: String,
    value: Json,
) -> StorageResult<()> {
    let record = txn.state(id)?.ok_or_else(|| no_job(id))?;
    transition::check_lease(&record.state, token)?;
    txn.put(&keys::checkpoint(id, &name), &CheckpointRecord { name, value })
}

/// Takes back jobs whose leases ran out.
pub fn rescue(txn: &mut Txn<'_>, now: Timestamp, seed: JitterSeed, limit: usize) -> StorageResult<Rescued> {
    let (ids, next_expiry) = txn.index().expired(now, limit);
    let mut rescued = Rescued { next_expiry, ..Rescued::default() };
    for id in ids {
        let Some(whole) = load_named(txn, id)? else { continue };
        let change = transition::rescue(&whole.job, whole.order.as_ref(), seed, now)?;
        rescued.jobs.push(apply(txn, whole, change, now)?);
    }
    Ok(rescued)
}
