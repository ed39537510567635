//! Taking due jobs, and keeping them.

use super::super::codec::StateRecord;
use super::super::keys;
use super::super::txn::Txn;
use super::super::view::Look;
use super::{follow, leave_out, load_named, queues, save, write};
use crate::domain::claim::{ClaimPlan, Claimant};
use crate::domain::transition::{self, LeaseGrant, Renewal};
use crate::domain::{FullJob, JobId, Timestamp};
use crate::ports::{ClaimRequest, Claimed, RenewalAnswer, StorageResult};

/// Takes due jobs, one after the other.
pub fn claim(txn: &mut Txn<'_>, request: &ClaimRequest) -> StorageResult<Claimed> {
    let mut claimed = Claimed::default();
    let ClaimRequest { queues, routes, rooms, now, .. } = request;
    let mut plan = ClaimPlan::new(Claimant { queues, routes, rooms, now: *now }, txn.claims());
    while claimed.jobs.len() + claimed.expired.len() < request.limit
        && let Some(id) = plan.next(txn.claims())
    {
        start(txn, id, request, &mut plan, &mut claimed)?;
    }
    let behind = plan.behind(txn.claims());
    (claimed.next_due, claimed.held) = (behind.next_due, behind.held);
    go_on_telling(txn, request.now, &mut claimed)?;
    Ok(claimed)
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

fn start(
    txn: &mut Txn<'_>,
    id: JobId,
    request: &ClaimRequest,
    plan: &mut ClaimPlan<'_>,
    claimed: &mut Claimed,
) -> StorageResult<()> {
    let Some(whole) = load_named(txn, id)? else { return Ok(()) };
    let grant = LeaseGrant {
        token: request.token,
        worker: request.worker.clone(),
        expires_at: request.lease_until,
        plugin: request.routes.get(&whole.job.spec.task).cloned(),
    };
    let change = transition::claim(&whole.job, whole.order.as_ref(), grant, request.now)?;
    let settled = write(txn, whole, change)?;
    if settled.job.state.phase.is_final() {
        claimed.expired.push(settled);
    } else {
        queues::count_start(txn, &settled.job.spec, request.now)?;
        plan.count_start();
        txn.start(settled.job.spec.clone());
        claimed.jobs.push(FullJob { payload: txn.payload(id)?, job: settled.job });
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
