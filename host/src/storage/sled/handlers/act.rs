//! What a person does with a job, or with many.

use super::super::keys;
use super::super::txn::{Edit, Txn};
use super::super::view::Look;
use super::{Whole, apply, follow, leave_out, load, unique};
use crate::domain::transition::{self, Change, Refusal};
use crate::domain::{Job, JobId, Timestamp};
use crate::ports::{Acted, ActedOnMany, Action, JobFilter, StorageResult};

/// What an action comes to.
enum Deed {
    Nothing,
    Change(Box<Change>),
    Delete,
}

/// Cancels, retries or deletes a job.
pub fn act(txn: &mut Txn<'_>, id: JobId, action: Action, now: Timestamp) -> StorageResult<Acted> {
    let whole = load(txn, id)?;
    match deed(&whole, action, now)? {
        Deed::Nothing => Ok(Acted::alone(whole.job, whole.order)),
        Deed::Change(change) => apply(txn, whole, *change, now),
        Deed::Delete => delete(txn, whole, now),
    }
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
        let meant = action != Action::Retry
            || transition::is_retried_among_many(whole.job.state_name(now), filter.state);
        match deed(&whole, action, now) {
            Ok(Deed::Change(change)) if meant => answer.acted.push(apply(txn, whole, *change, now)?),
            Ok(Deed::Delete) => answer.acted.push(delete(txn, whole, now)?),
            Ok(_) | Err(_) => {}
        }
    }
    Ok(answer)
}

/// Asks the job as it is now: one that is named twice is another one the second time.
fn shown(txn: &Txn<'_>, id: JobId, filter: &JobFilter, now: Timestamp) -> StorageResult<Option<Whole>> {
    let Some((job, record)) = txn.job(id)? else { return Ok(None) };
    let order = txn.order_of(&record)?;
    let shown = filter.state.is_none_or(|state| job.state_name(now) == state)
        && filter.task.as_ref().is_none_or(|task| job.spec.task == *task)
        && filter.queue.as_ref().is_none_or(|queue| job.spec.queue == *queue)
        && filter.tag.as_ref().is_none_or(|tag| job.spec.tags.contains(tag));
    Ok(shown.then_some(Whole { job, order, record }))
}

fn deed(whole: &Whole, action: Action, now: Timestamp) -> Result<Deed, Refusal> {
    let (job, order) = (&whole.job, whole.order.as_ref());
    let change = |change| Deed::Change(Box::new(change));
    match action {
        Action::Cancel => Ok(transition::cancel(job, order, now).map_or(Deed::Nothing, change)),
        Action::Retry => transition::retry(job, order, now).map(change),
        Action::Delete => transition::delete(job).map(|()| Deed::Delete),
    }
}

fn delete(txn: &mut Txn<'_>, whole: Whole, now: Timestamp) -> StorageResult<Acted> {
    let Whole { job, order, record } = whole;
    remove(txn, &job)?;
    if record.children > 0 {
        txn.telling().add(job.spec.id);
    }
    if let Some(order) = &order {
        txn.remove(&keys::order(order.id))?;
        txn.unmark(keys::user_order(&order.user_id, order.id));
        txn.edit(Edit::Order(order.id, None));
    }
    Ok(Acted { job, order, followed: follow::tell_marked(txn, now)? })
}

/// Removes a job with all that was written about it, its order aside.
pub(super) fn remove(txn: &mut Txn<'_>, job: &Job) -> StorageResult<()> {
    let id = job.spec.id;
    for row in [keys::spec(id), keys::state(id), keys::output(id)] {
        txn.remove(&row)?;
    }
    for rows in [keys::errors(id), keys::logs(id), keys::checkpoints(id)] {
        txn.remove_all(&rows)?;
    }
    job.spec.tags.iter().for_each(|tag| txn.unmark(keys::tag(tag, id)));
    unique::forget(txn, job);
    follow::let_go(txn, &job.spec, &job.state, None)?;
    txn.edit(Edit::Job(id, None));
    Ok(())
}
