//! Taking due jobs, and keeping them.

use super::super::codec::{ClaimRecord, StateRecord};
use super::super::keys;
use super::super::txn::Txn;
use super::super::view::Look;
use super::{Whole, leave_out, no_job, propagation, queues, write};
use crate::domain::claim::{ClaimPlan, Claimant};
use crate::domain::transition::{self, Consequences, LeaseGrant, Renewal};
use crate::domain::{Code, FullJob, Holder, Job, JobId, JobState, Payload, Phase};
use crate::ports::{ClaimRequest, Claimed, RenewalAnswer, StorageResult};

/// Takes due jobs, one after the other. All that start are written in one row.
pub fn claim(txn: &mut Txn<'_>, request: &ClaimRequest) -> StorageResult<Claimed> {
    let mut claimed = Claimed::default();
    let ClaimRequest { queues, routes, capacity, now, .. } = request;
    let mut plan = ClaimPlan::new(Claimant { queues, routes, capacity, now: *now }, txn.claims());
    let (run, mut record) = (txn.next_number(), record_of(request));
    while claimed.jobs.len() + claimed.expired.len() < request.limit
        && let Some(id) = plan.next(txn.claims())
    {
        let code = |job: &Job| request.routes.get(&job.spec.task).cloned();
        if start(txn, id, (run, &mut record), code, &mut claimed)? {
            plan.count_start();
        }
    }
    if !record.jobs.is_empty() {
        txn.insert(&keys::claim(run), &record)?;
    }
    let behind = plan.behind(txn.claims());
    (claimed.next_due, claimed.held) = (behind.next_due, behind.held);
    let followed = propagation::propagate(txn, request.now)?;
    if !followed.is_empty() {
        // Jobs that are released by the end of those that expired are for the next claim.
        claimed.next_due = claimed.next_due.into_iter().chain([request.now]).min();
    }
    claimed.expired.first_mut().into_iter().for_each(|expired| expired.followed.clone_from(&followed));
    claimed.unfinished = propagation::is_unfinished(txn)?;
    Ok(claimed)
}

fn record_of(request: &ClaimRequest) -> ClaimRecord {
    ClaimRecord {
        token: request.token,
        worker: request.worker.clone(),
        holder: request.holder,
        at: request.now,
        expires_at: request.lease_until,
        codes: Vec::new(),
        jobs: Vec::new(),
    }
}

/// Starts a job by this claim, or discards it because it expired; returns whether it started.
fn start(
    txn: &mut Txn<'_>,
    id: JobId,
    (run, claim): (u64, &mut ClaimRecord),
    code: impl FnOnce(&Job) -> Option<Code>,
    claimed: &mut Claimed,
) -> StorageResult<bool> {
    let Some((whole, payload)) = load_with_payload(txn, id)? else { return Ok(false) };
    let grant = LeaseGrant {
        token: claim.token,
        worker: claim.worker.clone(),
        holder: claim.holder,
        expires_at: claim.expires_at,
        code: code(&whole.job),
    };
    let code = grant.code.clone();
    let change = transition::claim(&whole.job, whole.order.as_ref(), grant, claim.at)?;
    if change.state.phase.is_final() {
        claimed.expired.push(write(txn, whole, change, claim.at)?);
        return Ok(false);
    }
    let Whole { job: Job { spec, state }, record, .. } = whole;
    propagation::let_go(txn, &spec, Consequences::of(&state, Some(&change.state)))?;
    txn.start(&spec, &StateRecord { run, state: change.state.clone(), ..record })?;
    queues::count_start(txn, &spec, claim.at)?;
    claim.add(id, code);
    claimed.jobs.push(FullJob { job: Job { spec, state: change.state }, payload });
    Ok(true)
}

/// Loads a job that the memory index named, and its payload. One that cannot be read is left out.
fn load_with_payload(txn: &mut Txn<'_>, id: JobId) -> StorageResult<Option<(Whole, Payload)>> {
    let load = |txn: &Txn<'_>| {
        let (head, payload) = txn.head_with_payload(id)?.ok_or_else(|| no_job(id))?;
        let record = txn.stored_state(id)?.unwrap_or_else(|| StateRecord::submitted(&head.spec));
        Ok((Whole::of(txn, head, record)?, payload))
    };
    load(txn).map(Some).or_else(|error| leave_out(txn, id, error).map(|()| None))
}

/// Extends leases. A lease that is lost does not keep the others from being extended.
pub fn renew(txn: &mut Txn<'_>, renewals: Vec<(JobId, Renewal)>) -> StorageResult<Vec<RenewalAnswer>> {
    renewals.into_iter().map(|(id, renewal)| renew_one(txn, id, renewal)).collect()
}

/// The leases of this process end when the directory is opened anew, so that their renewals are known in memory and
/// written nowhere. Those of a remote worker go on, so that theirs are written.
fn renew_one(txn: &mut Txn<'_>, id: JobId, renewal: Renewal) -> StorageResult<RenewalAnswer> {
    let Some(mut record) = txn.running(id).map(|job| job.record.clone()) else {
        return Ok(RenewalAnswer::Lost);
    };
    let Ok(state) = transition::renew(&record.state, renewal) else { return Ok(RenewalAnswer::Lost) };
    let answer = if state.cancel_requested { RenewalAnswer::CancelRequested } else { RenewalAnswer::Kept };
    record.state = state;
    match lease_holder(&record.state) {
        Some(Holder::Remote) => txn.save_state(id, &record)?,
        _ => txn.renew(id, &record)?,
    }
    Ok(answer)
}

fn lease_holder(state: &JobState) -> Option<Holder> {
    match &state.phase {
        Phase::Running { lease } => Some(lease.holder),
        _ => None,
    }
}
