//! Forgetting final jobs that are kept no longer.

use super::super::keys;
use super::super::txn::Txn;
use super::{act, load_named};
use crate::domain::{JobId, Retention, Timestamp};
use crate::ports::StorageResult;

/// Deletes up to `limit` jobs; says how many were looked at. One that cannot be read is left out, so that it
/// keeps no other from going.
pub fn prune(txn: &mut Txn<'_>, retention: &Retention, now: Timestamp, limit: usize) -> StorageResult<usize> {
    let ids = txn.index().finals().to_go(retention, now, limit);
    ids.iter().try_for_each(|id| forget(txn, *id))?;
    Ok(ids.len())
}

/// The order stays, and the mark that was in its job's state gets a row of its own: the memory index is
/// rebuilt without reading orders.
fn forget(txn: &mut Txn<'_>, id: JobId) -> StorageResult<()> {
    let Some(whole) = load_named(txn, id)? else { return Ok(()) };
    if let Some(mark) = whole.record.order {
        txn.put(&keys::lone_order(mark.id), &mark)?;
    }
    act::remove(txn, &whole.job)
}
