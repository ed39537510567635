//! Jobs that are the only ones of their key: finding the one that is there, and letting a new one meet it.
//!
//! A row for each job with a key says where the job stands, so that a job in a state that counts is
//! found without looking at the others of its key, be they thousands of final ones.

use std::collections::BTreeSet;

use super::super::codec::{Head, StateRecord};
use super::super::keys::{self, Key, Stage};
use super::super::txn::Txn;
use super::prepared::Rows;
use super::submit::{self, By};
use super::{Whole, answers, apply, follow, load};
use crate::domain::transition::{self, Consequences, Meeting};
use crate::domain::{FullJob, Job, JobId, JobSpec, Order, Phase, Timestamp, UNIQUE_OPEN_MAX};
use crate::ports::{Admitted, Settled, StorageError, StorageResult};

/// Stores a job, or lets it meet the one of its key. Says also whether nobody is to be told of it by
/// another webhook: who was there before tells whom it was to tell, and one that was rewritten has a
/// webhook already if it told somebody before.
pub fn admit(
    txn: &mut Txn<'_>,
    full: FullJob,
    rows: Option<Rows>,
    order: Option<Order>,
    by: By<'_>,
) -> StorageResult<(Admitted, bool)> {
    let Some(other) = newest(txn, &full.job.spec, by.now)? else {
        return new(store(txn, full, rows, order, None, by));
    };
    let whole = load(txn, other)?;
    match transition::meet(&full.job, (&whole.job, whole.order.as_ref()), by.caller, by.now)? {
        Meeting::Apart => new(store(txn, full, rows, order, None, by)),
        Meeting::Keep => Ok((duplicate(txn, Settled::alone(whole.job, whole.order))?, true)),
        Meeting::Move(change) => {
            let moved = apply(txn, whole, *change, by.now)?;
            Ok((duplicate(txn, moved)?, true))
        }
        Meeting::Rewrite(job) => {
            let is_told = whole.job.spec.options.callback_url.is_some();
            let rewritten = rewrite(txn, whole, &FullJob { job: *job, ..full }, by)?;
            Ok((duplicate(txn, rewritten)?, is_told))
        }
        Meeting::Supersede(change, job) => {
            let superseded = apply(txn, whole, *change, by.now)?;
            new(store(txn, FullJob { job: *job, ..full }, rows, order, Some(superseded), by))
        }
    }
}

fn store(
    txn: &mut Txn<'_>,
    new: FullJob,
    rows: Option<Rows>,
    order: Option<Order>,
    superseded: Option<Settled>,
    by: By<'_>,
) -> StorageResult<Admitted> {
    check_names(txn, &new.job.spec, by)?;
    submit::store(txn, &new, rows, order.as_ref())?;
    let FullJob { job, payload } = new;
    if let Some(row) = row(&job.spec, &job.state.phase) {
        txn.mark(row);
    }
    let Settled { job, order, .. } = follow::tie(txn, job, order, by)?;
    let errors = answers::first_errors(txn, &job)?;
    Ok(Admitted { errors, superseded, ..Admitted::new(job, payload, order) })
}

/// Refuses a job that would bring a name too many into use. One that adds nothing brings none.
fn check_names(txn: &Txn<'_>, spec: &JobSpec, by: By<'_>) -> StorageResult<()> {
    by.names.map_or(Ok(()), |names| Ok(names.check(spec, txn.index())?))
}

fn new(stored: StorageResult<Admitted>) -> StorageResult<(Admitted, bool)> {
    Ok((stored?, false))
}

fn duplicate(txn: &mut Txn<'_>, there: Settled) -> StorageResult<Admitted> {
    let payload = txn.shared_payload(there.job.spec.id)?;
    Ok(Admitted { duplicate: true, ..Admitted::new(there.job, payload, there.order) })
}

/// Writes a job in place of the one that has its id, its order and its history.
fn rewrite(txn: &mut Txn<'_>, whole: Whole, new: &FullJob, by: By<'_>) -> StorageResult<Settled> {
    check_names(txn, &new.job.spec, by)?;
    let FullJob { job, payload } = new;
    let Whole { job: old, order, record } = whole;
    let id = job.spec.id;
    let version = answers::set_aside(txn, id, by.now)?;
    follow::let_go(txn, &old.spec, Consequences::of(&old.state, None))?;
    old.spec.options.tags.iter().for_each(|tag| txn.unmark(keys::tag(tag, id)));
    job.spec.options.tags.iter().for_each(|tag| txn.mark(keys::tag(tag, id)));
    submit::put_head(txn, Head { spec: job.spec.clone(), version, answered_until: None }, payload)?;
    txn.save(&job.spec, &StateRecord { state: job.state.clone(), ..record })?;
    Ok(Settled::alone(job.clone(), order))
}

/// Lets the row of a job follow it to another state.
pub fn follow(txn: &mut Txn<'_>, spec: &JobSpec, from: &Phase, to: &Phase) {
    let (from, to) = (row(spec, from), row(spec, to));
    if from != to {
        from.into_iter().for_each(|row| txn.unmark(row));
        to.into_iter().for_each(|row| txn.mark(row));
    }
}

/// Forgets the row of a job that is deleted.
pub fn forget(txn: &mut Txn<'_>, job: &Job) {
    row(&job.spec, &job.state.phase).into_iter().for_each(|row| txn.unmark(row));
}

fn row(spec: &JobSpec, phase: &Phase) -> Option<Key> {
    let unique = spec.options.unique.as_ref()?;
    Some(keys::unique(&spec.task, &unique.key, Stage::of(phase), spec.id))
}

/// The newest job of the task and key that is in a state that counts.
fn newest(txn: &Txn<'_>, spec: &JobSpec, now: Timestamp) -> StorageResult<Option<JobId>> {
    let Some(unique) = &spec.options.unique else { return Ok(None) };
    let stages: BTreeSet<Stage> = unique.states.iter().map(|state| Stage::of_state(*state)).collect();
    let mut newest = None;
    for stage in stages {
        let rows = keys::uniques(&spec.task, &unique.key, stage);
        // All final jobs of a stage are in one state; the state of the others is a question of the time.
        let limit = if stage == Stage::Open { UNIQUE_OPEN_MAX } else { 1 };
        for row in txn.last_keys(&rows, limit)? {
            let id = job_of(&row)?;
            if txn.index().state_name(id, now).is_some_and(|state| unique.states.contains(&state)) {
                newest = newest.max(Some(id));
                break;
            }
        }
    }
    Ok(newest)
}

fn job_of(row: &[u8]) -> StorageResult<JobId> {
    keys::trailing_job(row)
        .ok_or_else(|| StorageError::Corrupt("the key of a unique job holds no job".to_owned()))
}
