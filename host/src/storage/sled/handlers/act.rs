//! What a person does with a job.

use super::super::keys;
use super::super::txn::{Edit, Txn};
use super::{Whole, apply, load, unique};
use crate::domain::transition;
use crate::domain::{JobId, Timestamp};
use crate::ports::{Acted, Action, StorageResult};

/// Cancels, retries or deletes a job.
pub fn act(txn: &mut Txn<'_>, id: JobId, action: Action, now: Timestamp) -> StorageResult<Acted> {
    let whole = load(txn, id)?;
    let (job, order) = (&whole.job, whole.order.as_ref());
    let change = match action {
        Action::Cancel => transition::cancel(job, order, now),
        Action::Retry => Some(transition::retry(job, order, now)?),
        Action::Delete => {
            transition::delete(job)?;
            return delete(txn, whole);
        }
    };
    match change {
        Some(change) => apply(txn, whole, change),
        None => Ok(Acted { job: whole.job, order: whole.order }),
    }
}

fn delete(txn: &mut Txn<'_>, whole: Whole) -> StorageResult<Acted> {
    let Whole { job, order, .. } = whole;
    let id = job.spec.id;
    for row in [keys::spec(id), keys::state(id), keys::output(id)] {
        txn.remove(&row)?;
    }
    for rows in [keys::errors(id), keys::logs(id), keys::checkpoints(id)] {
        txn.remove_all(&rows)?;
    }
    job.spec.tags.iter().for_each(|tag| txn.unmark(keys::tag(tag, id)));
    unique::forget(txn, &job);
    if let Some(order) = &order {
        txn.remove(&keys::order(order.id))?;
        txn.unmark(keys::user_order(&order.user_id, order.id));
        txn.edit(Edit::Order(order.id, None));
    }
    txn.edit(Edit::Job(id, None));
    Ok(Acted { job, order })
}
