//! Actions of a person on a job, or on many.

use super::super::codec::{OrderMark, StateRecord};
use super::super::index::Edit;
use super::super::keys;
use super::super::txn::Txn;
use super::super::view::Look;
use super::{Whole, answers, apply, leave_out, load, may_be_awaited, propagation, unique};
use crate::domain::transition::{self, Change, Consequences, Deed, OutputChange};
use crate::domain::{Job, JobId, Order, Timestamp};
use crate::ports::{Acted, ActedOnMany, Action, JobFilter, StorageResult};

/// Cancels, retries or deletes a job.
pub fn act(txn: &mut Txn<'_>, id: JobId, action: Action, now: Timestamp) -> StorageResult<Acted> {
    let whole = load(txn, id)?;
    match transition::act(&whole.job, whole.order.as_ref(), action, now)? {
        Deed::Nothing => Ok(Acted::alone(whole.job, whole.order)),
        Deed::Change(change) => change_to(txn, whole, *change, now),
        Deed::Delete(cancelled) => delete(txn, whole, cancelled, now),
    }
}

fn change_to(txn: &mut Txn<'_>, whole: Whole, change: Change, now: Timestamp) -> StorageResult<Acted> {
    // A completed job that is run again loses its result.
    if change.output == OutputChange::Clear {
        answers::set_aside(txn, whole.job.spec.id, now)?;
    }
    apply(txn, whole, change, now)
}

/// Cancels, retries or deletes those of these jobs that the filter shows and that let it be done.
pub fn act_on_many(
    txn: &mut Txn<'_>,
    ids: Vec<JobId>,
    filter: &JobFilter,
    action: Action,
    now: Timestamp,
) -> StorageResult<ActedOnMany> {
    let mut answer = ActedOnMany::default();
    for id in ids {
        let whole = match shown(txn, id, filter, now) {
            Ok(Some(whole)) => whole,
            Ok(None) => continue,
            // It keeps no other from being acted on.
            Err(error) => {
                leave_out(txn, id, error)?;
                continue;
            }
        };
        answer.matched += 1;
        match transition::act_among_many(&whole.job, whole.order.as_ref(), action, filter.state, now) {
            Deed::Nothing => {}
            Deed::Change(change) => answer.acted.push(change_to(txn, whole, *change, now)?),
            Deed::Delete(cancelled) => answer.acted.push(delete(txn, whole, cancelled, now)?),
        }
    }
    Ok(answer)
}

/// Asks the job as it is now: one that is named twice is another one the second time.
fn shown(txn: &Txn<'_>, id: JobId, filter: &JobFilter, now: Timestamp) -> StorageResult<Option<Whole>> {
    let Some((head, record)) = txn.job(id)? else { return Ok(None) };
    let whole = Whole::of(txn, head, record)?;
    Ok(filter.shows(&whole.job, now).then_some(whole))
}

fn delete(
    txn: &mut Txn<'_>,
    whole: Whole,
    cancelled: Option<Box<Order>>,
    now: Timestamp,
) -> StorageResult<Acted> {
    let Whole { job, mut order, mut record } = whole;
    if let Some(cancelled) = cancelled {
        record.order = Some(OrderMark::of(&cancelled));
        txn.put(&keys::order(cancelled.id), &*cancelled)?;
        txn.edit(Edit::Order(cancelled.id, record.order.map(|mark| mark.status)));
        order = Some(*cancelled);
    }
    if may_be_awaited(&job.spec, &record) {
        txn.propagation().mark(job.spec.id);
    }
    remove(txn, &job, &record, now)?;
    Ok(Acted { job, order, followed: propagation::propagate(txn, now)? })
}

/// Removes a job with all that was written about it, but for what an idempotency key answers. Its order stays, and the mark that was in the job's
/// state gets a row of its own: the memory index is rebuilt without reading orders.
pub(super) fn remove(
    txn: &mut Txn<'_>,
    job: &Job,
    record: &StateRecord,
    now: Timestamp,
) -> StorageResult<()> {
    answers::set_aside(txn, job.spec.id, now)?;
    if let Some(mark) = record.order {
        txn.put(&keys::lone_order(mark.id), &mark)?;
    }
    let id = job.spec.id;
    for row in [keys::head(id), keys::payload(id), keys::state(id), keys::output(id)] {
        txn.remove(&row)?;
    }
    for rows in [
        keys::errors(id),
        keys::logs(id),
        keys::checkpoints(id),
        keys::events(id),
        keys::event_urls(id),
        keys::steps(id),
    ] {
        txn.remove_all(&rows)?;
    }
    job.spec.options.tags.iter().for_each(|tag| txn.unmark(keys::tag(tag, id)));
    unique::forget(txn, job);
    propagation::let_go(txn, &job.spec, Consequences::of(&job.state, None))?;
    txn.forget(id)
}
