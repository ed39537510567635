//! Storing the jobs of a submission: reads what its plan needs, and writes what the plan decides.

use super::super::codec::{Head, OrderMark, StateRecord};
use super::super::index::Edit;
use super::super::keys;
use super::super::txn::Txn;
use super::super::view::Look;
use super::heads::{Rows, put_head, put_rows};
use super::prepared::{PreparedJob, PreparedSubmission};
use super::{Whole, answers, load, propagation, unique, write};
use crate::domain::submission::{Decision, Effect, Insertion, Known, Reads, SubmissionPlan};
use crate::domain::transition::Consequences;
use crate::domain::{AttemptError, FullJob, Job, JobId, JobSpec, Order, Payload, Timestamp};
use crate::ports::{Admitted, Settled, StorageError, StorageResult, Submitted};

/// Stores new jobs and their orders.
pub fn submit(txn: &mut Txn<'_>, submission: PreparedSubmission) -> StorageResult<Submitted> {
    let PreparedSubmission { jobs, idempotency, caller, held, names, now, shows_results } = submission;
    if let Some(key) = &idempotency {
        if let Some(first) = answers::known(txn, key, now)? {
            return Ok(Submitted::Replayed(first));
        }
        answers::sweep(txn, now)?;
    }
    txn.need_space()?;
    let mut plan = SubmissionPlan::new(&caller, names.as_ref(), now, known(txn, &jobs, now)?);
    let (mut admitted, mut answered) = (Vec::with_capacity(jobs.len()), Vec::new());
    for PreparedJob { full: FullJob { job, payload }, rows, order, webhook } in jobs {
        let mut one = match plan.admit(job, order.as_ref(), webhook, txn.index())? {
            Decision::Insert(insertion) => insert(txn, *insertion, payload, Some(rows), order)?,
            Decision::Duplicate { of, effect } => duplicate(txn, of, effect, payload, now)?,
        };
        if one.duplicate && shows_results {
            (one.output, one.errors) = (txn.output(one.job.spec.id)?, txn.errors(one.job.spec.id)?);
        }
        // A later job of the submission may replace it.
        if let Some(key) = &idempotency {
            answered.push(answers::answered(txn, &one, key.expires_at)?);
        }
        admitted.push(one);
    }
    for FullJob { job, payload } in plan.webhooks() {
        insert(txn, plan.admit_webhook(job)?, payload, None, None)?;
    }
    // Only jobs that were superseded may have children.
    let followed = propagation::propagate(txn, now)?;
    let superseded = admitted.iter_mut().rev().find_map(|one| one.superseded.as_mut());
    superseded.into_iter().for_each(|settled| settled.followed.clone_from(&followed));
    if let Some(key) = &idempotency {
        answers::remember(txn, key, answered, &held, now)?;
    }
    Ok(if plan.is_as_submitted() { Submitted::New } else { Submitted::Admitted(admitted) })
}

/// Reads what the plan of these jobs needs.
fn known(txn: &Txn<'_>, jobs: &[PreparedJob], now: Timestamp) -> StorageResult<Known> {
    let reads = Reads::of(jobs.iter().flat_map(PreparedJob::jobs));
    let mut known = Known::new(&reads);
    for read in &reads.newest {
        if let Some(id) = unique::newest(txn, read, now)? {
            let there = load(txn, id)?;
            known.add_newest(&there.job, there.order.as_ref());
        }
    }
    for parent in &reads.parents {
        if let Some((head, record)) = txn.job(*parent)? {
            known.add_parent(*parent, &head.spec.submitter, &record.state.phase);
        }
    }
    Ok(known)
}

/// Inserts a job. The rows are there if they were prepared for the job as it was submitted.
fn insert(
    txn: &mut Txn<'_>,
    insertion: Insertion,
    payload: Payload,
    rows: Option<Rows>,
    order: Option<Order>,
) -> StorageResult<Admitted> {
    let Insertion { job, order: changed, dependencies, error, is_redirected, superseded } = insertion;
    let now = job.spec.created_at;
    let cancel = |(other, change)| write(txn, load(txn, other)?, change, now);
    let superseded = superseded.map(cancel).transpose()?;
    let new = Admitted { superseded, ..Admitted::new(job, payload, changed.or(order)) };
    insert_head(txn, &new, rows.filter(|_| !is_redirected))?;
    if let Some(order) = &new.order {
        txn.insert(&keys::order(order.id), order)?;
        txn.mark(keys::user_order(&order.user_id, order.id));
        txn.edit(Edit::Order(order.id, Some(OrderMark::of(order).status)));
    }
    insert_state(txn, &new, error.as_ref())?;
    propagation::insert(txn, new.job.spec.id, &dependencies)?;
    Ok(Admitted { errors: error.into_iter().collect(), ..new })
}

fn insert_head(txn: &mut Txn<'_>, new: &Admitted, rows: Option<Rows>) -> StorageResult<()> {
    let Job { spec, state } = &new.job;
    if txn.index().knows(spec.id) {
        return Err(StorageError::Corrupt(format!("a job {} exists already", spec.id)));
    }
    let rows = match rows {
        Some(rows) => rows,
        None => Rows::of(Head { spec: spec.clone(), version: 0, answered_until: None }, &new.payload)?,
    };
    put_rows(txn, spec.id, rows);
    spec.options.tags.iter().for_each(|tag| txn.mark(keys::tag(tag, spec.id)));
    unique::insert(txn, spec, &state.phase);
    Ok(())
}

/// Writes the state of a new job, unless that follows from its head.
fn insert_state(txn: &mut Txn<'_>, new: &Admitted, error: Option<&AttemptError>) -> StorageResult<()> {
    let Job { spec, state } = &new.job;
    let mut record = StateRecord::submitted(spec);
    record.strict_order = strict_number(txn, spec, None);
    if *state == record.state && record.strict_order.is_none() {
        return txn.start(spec, &record);
    }
    if let Some(error) = error {
        txn.insert(&keys::error(spec.id, record.errors), error)?;
        record.errors += 1;
    }
    let order = new.order.as_ref().map(OrderMark::of).or(record.order);
    txn.save(spec, &StateRecord { state: state.clone(), order, ..record })
}

/// The number of a job in strict order: the one that it has, or the next.
fn strict_number(txn: &mut Txn<'_>, spec: &JobSpec, number: Option<u64>) -> Option<u64> {
    spec.options.flow.strict_order.then(|| number.unwrap_or_else(|| txn.next_number()))
}

/// Carries out the effect of a duplicate on the job that stands for it.
fn duplicate(
    txn: &mut Txn<'_>,
    of: JobId,
    effect: Option<Effect>,
    payload: Payload,
    now: Timestamp,
) -> StorageResult<Admitted> {
    let there = load(txn, of)?;
    let Settled { job, order, .. } = match effect {
        None => Settled::alone(there.job, there.order),
        Some(Effect::Change(change)) => write(txn, there, *change, now)?,
        Some(Effect::Rewrite(job)) => rewrite(txn, there, &FullJob { job: *job, payload }, now)?,
    };
    let payload = txn.shared_payload(of)?;
    Ok(Admitted { duplicate: true, ..Admitted::new(job, payload, order) })
}

/// Writes a job in place of the one that has its id, its order and its history.
fn rewrite(txn: &mut Txn<'_>, there: Whole, new: &FullJob, now: Timestamp) -> StorageResult<Settled> {
    let FullJob { job, payload } = new;
    let Whole { job: old, order, record } = there;
    let id = job.spec.id;
    let version = answers::set_aside(txn, id, now)?;
    propagation::let_go(txn, &old.spec, Consequences::of(&old.state, None))?;
    old.spec.options.tags.iter().for_each(|tag| txn.unmark(keys::tag(tag, id)));
    job.spec.options.tags.iter().for_each(|tag| txn.mark(keys::tag(tag, id)));
    put_head(txn, Head { spec: job.spec.clone(), version, answered_until: None }, payload)?;
    let strict_order = strict_number(txn, &job.spec, record.strict_order);
    txn.save(&job.spec, &StateRecord { strict_order, state: job.state.clone(), ..record })?;
    Ok(Settled::alone(job.clone(), order))
}
