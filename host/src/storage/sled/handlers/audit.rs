//! Appending to the audit log.

use super::super::codec::AuditSpan;
use super::super::keys;
use super::super::txn::Txn;
use super::super::view::Look;
use crate::domain::{AuditEntry, Timestamp};
use crate::ports::{AUDIT_PRUNED_MAX, AuditRetention, StorageResult};

/// Appends an entry, and removes the oldest ones that are kept no longer.
pub fn append_audit(
    txn: &mut Txn<'_>,
    entry: &AuditEntry,
    retention: AuditRetention,
    now: Timestamp,
) -> StorageResult<u64> {
    let AuditSpan { first, last } = txn.audit_span()?;
    let number = last + 1;
    txn.insert(&keys::audit(number), entry)?;
    let mut kept = first;
    while kept < number && kept - first < AUDIT_PRUNED_MAX {
        let oldest: Option<AuditEntry> = txn.record(&keys::audit(kept))?;
        if oldest.is_some_and(|oldest| !retention.drops(kept, oldest.at, number, now)) {
            break;
        }
        txn.remove(&keys::audit(kept))?;
        kept += 1;
    }
    txn.put(&keys::audit_span(), &AuditSpan { first: kept, last: number })?;
    Ok(number)
}
