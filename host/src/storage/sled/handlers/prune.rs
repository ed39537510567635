//! Forgetting final jobs that are kept no longer, and idempotency keys that expired.

use super::super::txn::Txn;
use super::{act, answers, load_named};
use crate::domain::{Cutoff, JobId, Timestamp};
use crate::ports::StorageResult;

/// Deletes up to `limit` jobs; says how many were looked at. One that cannot be read is left out, so that it
/// keeps no other from going.
pub fn prune(txn: &mut Txn<'_>, cutoffs: &[Cutoff], now: Timestamp, limit: usize) -> StorageResult<usize> {
    answers::sweep(txn, now)?;
    let ids = txn.index().finals().beyond(cutoffs, limit);
    ids.iter().try_for_each(|id| forget(txn, *id, now))?;
    Ok(ids.len())
}

fn forget(txn: &mut Txn<'_>, id: JobId, now: Timestamp) -> StorageResult<()> {
    let Some(whole) = load_named(txn, id)? else { return Ok(()) };
    act::remove(txn, &whole.job, &whole.record, now)
}
