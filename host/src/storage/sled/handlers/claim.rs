//! Taking due jobs, and keeping them.

use std::collections::HashMap;

use super::super::codec::StateRecord;
use super::super::index::Behind;
use super::super::keys;
use super::super::txn::Txn;
use super::super::view::Look;
use super::{follow, leave_out, load_named, queues, save, write};
use crate::domain::transition::{self, LeaseGrant, Renewal};
use crate::domain::{Admission, JobId, QueueName, Timestamp};
use crate::ports::{ClaimRequest, Claimed, RenewalAnswer, StorageResult};

/// How many jobs of each queue a claim started.
type Starts = HashMap<QueueName, usize>;

/// Takes due jobs.
pub fn claim(txn: &mut Txn<'_>, request: ClaimRequest) -> StorageResult<Claimed> {
    let now = request.now;
    let due = txn.index().due(&request.queues, now, request.limit);
    let mut claimed = Claimed::default();
    let mut starts = Starts::new();
    for id in due.ids {
        let Some(whole) = load_named(txn, id)? else { continue };
        let grant = LeaseGrant {
            token: request.token,
            worker: request.worker.clone(),
            expires_at: request.lease_until,
            plugin: request.routes.get(&whole.job.spec.task).cloned(),
        };
        let change = transition::claim(&whole.job, whole.order.as_ref(), grant, now)?;
        let job = write(txn, whole, change)?.job;
        if job.state.phase.is_final() {
            claimed.expired.push(id);
        } else {
            *starts.entry(job.spec.queue.clone()).or_default() += 1;
            txn.start(job.spec.clone());
            claimed.jobs.push(job);
        }
    }
    look_behind(due.behind, &starts, now, &mut claimed);
    count_starts(txn, starts, now)?;
    go_on_telling(txn, now, &mut claimed)?;
    Ok(claimed)
}

/// Says when those may start that were not taken.
fn look_behind(behind: Vec<Behind>, starts: &Starts, now: Timestamp, claimed: &mut Claimed) {
    for Behind { queue, gate, due_at } in behind {
        let started = starts.get(&queue).copied().unwrap_or(0);
        let admission = gate.after(started, now).admission(now);
        claimed.held |= admission == Admission::Full && due_at <= now;
        claimed.next_due = claimed.next_due.into_iter().chain(admission.next_start(due_at)).min();
    }
}

/// Tells who waited for jobs that expired, and goes on with what others left to be told. The jobs that are
/// released by it are for the next claim.
fn go_on_telling(txn: &mut Txn<'_>, now: Timestamp, claimed: &mut Claimed) -> StorageResult<()> {
    let (followed, more) = follow::go_on(txn, now)?;
    if more || !followed.is_empty() {
        claimed.next_due = claimed.next_due.into_iter().chain([now]).min();
    }
    claimed.followed = followed;
    Ok(())
}

/// Lets the rates of queues remember the starts.
fn count_starts(txn: &mut Txn<'_>, starts: Starts, now: Timestamp) -> StorageResult<()> {
    for (queue, count) in starts {
        let before = txn.index().gate(&queue);
        let after = before.after(count, now);
        if after.arrival != before.arrival {
            queues::save(txn, queue, after)?;
        }
    }
    Ok(())
}

/// Extends leases. A lease that is lost does not keep the others from being extended.
pub fn renew(txn: &mut Txn<'_>, renewals: Vec<(JobId, Renewal)>) -> StorageResult<Vec<RenewalAnswer>> {
    renewals.into_iter().map(|(id, renewal)| renew_one(txn, id, renewal)).collect()
}

fn renew_one(txn: &mut Txn<'_>, id: JobId, renewal: Renewal) -> StorageResult<RenewalAnswer> {
    let record = match txn.record::<StateRecord>(&keys::state(id)) {
        Ok(Some(record)) => record,
        Ok(None) => return Ok(RenewalAnswer::Lost),
        Err(error) => return leave_out(txn, id, error).map(|()| RenewalAnswer::Lost),
    };
    let Ok(state) = transition::renew(&record.state, renewal) else { return Ok(RenewalAnswer::Lost) };
    let answer = if state.cancel_requested { RenewalAnswer::CancelRequested } else { RenewalAnswer::Kept };
    save(txn, id, StateRecord { state, ..record })?;
    Ok(answer)
}
