//! Discarding jobs that never started in time.

use super::super::txn::Txn;
use super::{apply, load_named};
use crate::domain::{Timestamp, transition};
use crate::ports::{Expired, StorageResult};

/// Discards jobs whose time to start is over, the first that expired first.
pub fn expire(txn: &mut Txn<'_>, now: Timestamp, limit: usize) -> StorageResult<Expired> {
    let mut expired = Expired::default();
    for id in txn.index().unstarted(now, limit) {
        let Some(whole) = load_named(txn, id)? else { continue };
        // One that waited for an earlier one of these may have been discarded with it.
        let Some(change) = transition::expire(&whole.job, whole.order.as_ref(), now) else { continue };
        expired.jobs.push(apply(txn, whole, change, now)?);
    }
    expired.next_expiry = txn.index().next_unstarted();
    Ok(expired)
}
