//! Writing operations.

use super::super::keys;
use super::super::txn::Txn;
use super::super::view::Look;
use crate::domain::{Operation, OperationChange, OperationId, Timestamp, operations_to_forget};
use crate::ports::StorageResult;

/// Stores a new operation, and forgets those that are kept no longer.
pub fn add_operation(txn: &mut Txn<'_>, operation: &Operation) -> StorageResult<()> {
    let rows: Vec<(_, Operation)> = txn.records(&keys::operations())?;
    let known: Vec<_> = rows.into_iter().map(|(_, operation)| operation).collect();
    for id in operations_to_forget(&known) {
        txn.remove(&keys::operation(id))?;
    }
    txn.put(&keys::operation(operation.id), operation)
}

/// Changes an operation, if there is one.
pub fn change_operation(
    txn: &mut Txn<'_>,
    id: OperationId,
    change: OperationChange,
    now: Timestamp,
) -> StorageResult<Option<Operation>> {
    let key = keys::operation(id);
    let Some(known): Option<Operation> = txn.record(&key)? else { return Ok(None) };
    let next = known.changed(change, now);
    if next != known {
        txn.put(&key, &next)?;
    }
    Ok(Some(next))
}
