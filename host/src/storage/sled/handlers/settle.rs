//! Writes of an attempt, and the rescue of those whose host fell silent.

use std::collections::BTreeSet;

use super::super::codec::{CheckpointRecord, INLINE_RESULT_BYTES_MAX, LogRecord, StateRecord};
use super::super::keys;
use super::super::txn::Txn;
use super::super::view::Look;
use super::{apply, check_lease, load, load_named};
use crate::domain::transition;
use crate::domain::{
    AttemptError, Awaited, JitterSeed, JobId, Json, LeaseToken, SubmittedStep, Timestamp, WaitRequest,
};
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
    let awaited = settlement.outcome.wait().map(|wait| awaited(txn, id, wait)).transpose()?;
    let awaited = awaited.unwrap_or_default();
    let change = transition::settle(&whole.job, whole.order.as_ref(), settlement, awaited, now)?;
    if !log.is_empty() {
        append_log(txn, id, &mut whole.record, LogRecord { attempt, text: log })?;
    }
    apply(txn, whole, change, now)
}

/// What a wait that ends an attempt waits for now.
fn awaited(txn: &Txn<'_>, id: JobId, wait: &WaitRequest) -> StorageResult<Awaited> {
    let arrived = txn.event(id, &wait.event)?.is_some();
    let mut jobs = BTreeSet::new();
    for step in &wait.steps {
        let Some(step) = txn.record::<SubmittedStep>(&keys::step(id, step))? else { continue };
        if txn.state(step.job)?.is_some_and(|record| !record.state.phase.is_final()) {
            jobs.insert(step.job);
        }
    }
    Ok(Awaited { arrived, jobs: jobs.into_iter().collect() })
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
    check_lease(txn, id, token)?;
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
