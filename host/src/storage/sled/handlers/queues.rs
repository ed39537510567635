//! What is said about queues.

use super::super::codec::QueueRecord;
use super::super::keys;
use super::super::txn::{Edit, Txn};
use crate::domain::{Gate, QueueChange, QueueName, Timestamp};
use crate::ports::StorageResult;

/// Changes what is said about a queue.
pub fn configure_queue(
    txn: &mut Txn<'_>,
    name: QueueName,
    change: &QueueChange,
    now: Timestamp,
) -> StorageResult<()> {
    let gate = txn.index().gate(&name).changed(change, now);
    save(txn, name, gate)
}

/// Writes what a gate remembers. One of which nothing is said leaves no row.
pub fn save(txn: &mut Txn<'_>, name: QueueName, gate: Gate) -> StorageResult<()> {
    let record = QueueRecord { settings: gate.settings, arrival: gate.arrival };
    if record == QueueRecord::default() {
        txn.remove(&keys::queue(&name))?;
    } else {
        txn.put(&keys::queue(&name), &record)?;
    }
    txn.edit(Edit::Queue(name, record));
    Ok(())
}
