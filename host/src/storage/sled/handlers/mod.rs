//! Requests of the port inside their transactions: read, ask the domain, write.
//!
//! Nothing here decides: rules are those of [`crate::domain::submission`], [`crate::domain::transition`] and
//! [`crate::domain::Catalog`]. Nothing here waits or syncs: that is the committer's.

mod act;
mod answers;
mod audit;
mod claim;
mod expire;
mod heads;
mod inbox;
mod operations;
mod plugins;
mod prepared;
mod propagation;
mod prune;
mod queues;
mod schedules;
mod secrets;
mod settle;
mod step;
mod submit;
mod throughput;
mod tokens;
mod unique;

#[cfg(test)]
mod tests;

pub use act::{act, act_on_many};
pub use answers::known as first_answer;
pub use audit::append_audit;
pub use claim::{claim, renew};
pub use expire::expire;
pub use inbox::{open_url, receive, time_out};
pub use operations::{add_operation, change_operation};
pub use plugins::{activate_plugin, add_plugin, put_grant, remove_plugin};
pub use prepared::{PreparedSubmission, prepare};
pub use propagation::follow_on;
pub use prune::prune;
pub use queues::{configure_queue, configure_task};
pub use schedules::{fire, put_schedule, remove_schedule};
pub use secrets::{put_secret, remove_secret};
pub use settle::{note_late, rescue, save_checkpoint, settle};
pub use step::submit_step;
pub use submit::submit;
pub use throughput::count_ended;
pub use tokens::{close_session, note_session_use, note_token_uses, open_session, put_token, remove_token};

use super::codec::{EventRecord, Head, INLINE_RESULT_BYTES_MAX, OrderMark, OutputRecord, StateRecord};
use super::index::Edit;
use super::keys;
use super::txn::Txn;
use super::view::Look;
use crate::domain::transition::{self, Change, Consequences, OutputChange};
use crate::domain::{Job, JobId, JobSpec, Json, LeaseToken, Order, Timestamp};
use crate::ports::{Settled, StorageError, StorageResult};

/// A job with its order and the records that it is read from, as a transition needs them.
struct Whole {
    job: Job,
    order: Option<Order>,
    record: StateRecord,
}

impl Whole {
    fn of(txn: &Txn<'_>, head: Head, record: StateRecord) -> StorageResult<Self> {
        let order = txn.order_of(&record)?;
        Ok(Self { job: Job { spec: head.spec, state: record.state.clone() }, order, record })
    }
}

fn load(txn: &Txn<'_>, id: JobId) -> StorageResult<Whole> {
    if let Some(running) = txn.running(id) {
        let (spec, record) = (running.spec.clone(), running.record.clone());
        let order = txn.order_of(&record)?;
        return Ok(Whole { job: Job { spec, state: record.state.clone() }, order, record });
    }
    let (head, record) = txn.job(id)?.ok_or_else(|| no_job(id))?;
    Whole::of(txn, head, record)
}

/// Loads a job that the memory index named. One that cannot be read is left out from now on.
fn load_named(txn: &mut Txn<'_>, id: JobId) -> StorageResult<Option<Whole>> {
    load(txn, id).map(Some).or_else(|error| leave_out(txn, id, error).map(|()| None))
}

/// Takes a job that cannot be read out of the memory index, so that it keeps no other from running and
/// is not found again and again. The next start finds it again: by then an operator may have looked.
fn leave_out(txn: &mut Txn<'_>, id: JobId, error: StorageError) -> StorageResult<()> {
    if !matches!(error, StorageError::Corrupt(_) | StorageError::NotFound { .. }) {
        return Err(error);
    }
    tracing::error!(job = %id, %error, "a job cannot be read, and is left out until the next start");
    txn.forget(id)
}

fn no_job(id: JobId) -> StorageError {
    StorageError::NotFound { what: "job", id: id.to_string() }
}

/// Refuses a write beside the result of an attempt that is not under the lease of its job.
fn check_lease(txn: &Txn<'_>, id: JobId, token: LeaseToken) -> StorageResult<()> {
    let record = txn.state(id)?.ok_or_else(|| no_job(id))?;
    transition::check_lease(&record.state, token)?;
    Ok(())
}

/// Writes what a transition changed, and notifies the jobs that waited for this one.
fn apply(txn: &mut Txn<'_>, whole: Whole, change: Change, now: Timestamp) -> StorageResult<Settled> {
    let settled = write(txn, whole, change, now)?;
    Ok(Settled { followed: propagation::propagate(txn, now)?, ..settled })
}

/// Writes what a transition changed, and marks it when others wait for the job.
fn write(txn: &mut Txn<'_>, whole: Whole, change: Change, now: Timestamp) -> StorageResult<Settled> {
    let Whole { job, mut order, mut record } = whole;
    let id = job.spec.id;
    if let Some(error) = &change.error {
        txn.insert(&keys::error(id, record.errors), error)?;
        record.errors += 1;
    }
    if let Some(changed) = change.order {
        txn.put(&keys::order(changed.id), &changed)?;
        record.order = Some(OrderMark::of(&changed));
        txn.edit(Edit::Order(changed.id, record.order.map(|mark| mark.status)));
        order = Some(changed);
    }
    match change.output {
        OutputChange::Keep => {}
        OutputChange::Set(output) => put_output(txn, id, &mut record, output)?,
        OutputChange::Clear => drop_output(txn, id, &mut record)?,
    }
    unique::follow(txn, &job.spec, &job.state.phase, &change.state.phase);
    let consequences = Consequences::of(&job.state, Some(&change.state));
    propagation::let_go(txn, &job.spec, consequences)?;
    if consequences.notifies_children && may_be_awaited(&job.spec, &record) {
        txn.propagation().mark(id);
    }
    if let Some(event) = change.arrives {
        txn.insert(&keys::event(id, &event), &EventRecord { at: now, value: Some(Json::null()) })?;
    }
    propagation::await_jobs(txn, id, change.awaits)?;
    record.state = change.state.clone();
    txn.save(&job.spec, &record)?;
    Ok(Settled::alone(Job { state: change.state, ..job }, order))
}

/// Whether others may wait for the job: its children, the job that submitted it, or one for whose job it stands.
fn may_be_awaited(spec: &JobSpec, record: &StateRecord) -> bool {
    record.children > 0 || spec.submitted_by.is_some() || record.awaited
}

/// Keeps a result: in the state if it is small. A job that runs has none from before.
fn put_output(txn: &mut Txn<'_>, id: JobId, record: &mut StateRecord, output: Json) -> StorageResult<()> {
    if output.as_str().len() > INLINE_RESULT_BYTES_MAX {
        return txn.insert(&keys::output(id), &OutputRecord { output });
    }
    record.output = Some(output);
    Ok(())
}

fn drop_output(txn: &mut Txn<'_>, id: JobId, record: &mut StateRecord) -> StorageResult<()> {
    match record.output.take() {
        Some(_) => Ok(()),
        None => txn.remove(&keys::output(id)),
    }
}
