//! Settings of queues and tasks.

use super::super::codec::{QueueRecord, TaskRecord};
use super::super::index::Edit;
use super::super::keys;
use super::super::txn::Txn;
use crate::domain::{JobSpec, QueueChange, QueueName, TaskChange, TaskName, Timestamp};
use crate::ports::StorageResult;

/// Changes a queue's settings.
pub fn configure_queue(
    txn: &mut Txn<'_>,
    name: QueueName,
    change: &QueueChange,
    now: Timestamp,
) -> StorageResult<()> {
    let settings = txn.index().queue_record(&name).settings.changed(change);
    let gate = txn.index().queue_gate(&name).changed(&change.gate, now);
    save_queue(txn, name, QueueRecord { settings, rate_state: gate.rate_state })
}

/// Changes a task's settings.
pub fn configure_task(
    txn: &mut Txn<'_>,
    name: TaskName,
    change: &TaskChange,
    now: Timestamp,
) -> StorageResult<()> {
    let settings = txn.index().task_record(&name).settings.changed(change);
    let gate = txn.index().task_gate(&name).changed(&change.gate, now);
    save_task(txn, name, TaskRecord { settings, rate_state: gate.rate_state })
}

/// Counts the start of a job in the rates of its queue and its task.
pub fn count_start(txn: &mut Txn<'_>, spec: &JobSpec, now: Timestamp) -> StorageResult<()> {
    let (record, gate) = (txn.index().queue_record(&spec.queue), txn.index().queue_gate(&spec.queue));
    let rate_state = gate.after(1, now).rate_state;
    if rate_state != record.rate_state {
        save_queue(txn, spec.queue.clone(), QueueRecord { rate_state, ..record })?;
    }
    let (record, gate) = (txn.index().task_record(&spec.task), txn.index().task_gate(&spec.task));
    let rate_state = gate.after(1, now).rate_state;
    if rate_state != record.rate_state {
        save_task(txn, spec.task.clone(), TaskRecord { rate_state, ..record })?;
    }
    Ok(())
}

/// Writes what a queue remembers. One of which nothing is said leaves no row.
fn save_queue(txn: &mut Txn<'_>, name: QueueName, record: QueueRecord) -> StorageResult<()> {
    if record == QueueRecord::default() {
        txn.remove(&keys::queue(&name))?;
    } else {
        txn.put(&keys::queue(&name), &record)?;
    }
    txn.edit(Edit::Queue(name, record));
    Ok(())
}

/// Writes what a task remembers. One of which nothing is said leaves no row.
fn save_task(txn: &mut Txn<'_>, name: TaskName, record: TaskRecord) -> StorageResult<()> {
    if record == TaskRecord::default() {
        txn.remove(&keys::task(&name))?;
    } else {
        txn.put(&keys::task(&name), &record)?;
    }
    txn.edit(Edit::Task(name, record));
    Ok(())
}
