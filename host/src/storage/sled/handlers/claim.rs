//! Taking due jobs, and keeping them.

use super::super::codec::StateRecord;
use super::super::keys;
use super::super::txn::Txn;
use super::super::view::Look;
use super::{apply, load, save_state};
use crate::domain::JobId;
use crate::domain::transition::{self, LeaseGrant, Renewal};
use crate::ports::{ClaimRequest, Claimed, RenewalAnswer, StorageResult};

/// Takes due jobs.
pub fn claim(txn: &mut Txn<'_>, request: ClaimRequest) -> StorageResult<Claimed> {
    let due = txn.index().due(request.now, request.limit);
    let mut claimed = Claimed { next_due: due.next, ..Claimed::default() };
    for id in due.ids {
        let whole = load(txn, id)?;
        let grant = LeaseGrant {
            token: request.token,
            worker: request.worker.clone(),
            expires_at: request.lease_until,
            plugin: request.routes.get(&whole.job.spec.task).cloned(),
        };
        let change = transition::claim(&whole.job, whole.order.as_ref(), grant, request.now)?;
        let job = apply(txn, whole, change)?.job;
        if job.state.phase.is_final() {
            claimed.expired.push(id);
        } else {
            claimed.jobs.push(job);
        }
    }
    Ok(claimed)
}

/// Extends leases. A lease that is lost does not keep the others from being extended.
pub fn renew(txn: &mut Txn<'_>, renewals: Vec<(JobId, Renewal)>) -> StorageResult<Vec<RenewalAnswer>> {
    renewals.into_iter().map(|(id, renewal)| renew_one(txn, id, renewal)).collect()
}

fn renew_one(txn: &mut Txn<'_>, id: JobId, renewal: Renewal) -> StorageResult<RenewalAnswer> {
    let Some(record) = txn.record::<StateRecord>(&keys::state(id))? else { return Ok(RenewalAnswer::Lost) };
    let Ok(state) = transition::renew(&record.state, renewal) else { return Ok(RenewalAnswer::Lost) };
    let answer = if state.cancel_requested { RenewalAnswer::CancelRequested } else { RenewalAnswer::Kept };
    save_state(txn, id, record, state)?;
    Ok(answer)
}
