//! Jobs that wait for others: inserting their dependencies, and following them up when parents end.
//!
//! A row for each dependency, under the parent, is there as long as the child waits for that parent. The parent's
//! state counts its children that are not final: so long it is kept, and only then are there dependencies to look
//! for. To count a child down reads and writes small rows, however large its input and its list of
//! parents are.

use super::super::codec::{AwaitedRecord, PropagationRecord, StateRecord};
use super::super::keys::{self, Key};
use super::super::txn::Txn;
use super::super::view::Look;
use super::{leave_out, load_named, write};
use crate::domain::submission::Dependencies;
use crate::domain::transition::{self, Consequences, Dependency, Following, ParentState};
use crate::domain::{JobId, JobSpec, JobState, Timestamp};
use crate::ports::{FollowedOn, Settled, StorageError, StorageResult};

/// Inserts the dependencies of a new job.
pub fn insert(txn: &mut Txn<'_>, child: JobId, dependencies: &Dependencies) -> StorageResult<()> {
    dependencies.parents().iter().try_for_each(|parent| need(txn, *parent, true))?;
    let mut waits_for = dependencies.waits_for().iter();
    waits_for.try_for_each(|(parent, dependency)| txn.insert(&keys::dependency(*parent, child), dependency))
}

/// Removes a job's dependencies, as far as that follows from a change.
pub fn let_go(txn: &mut Txn<'_>, spec: &JobSpec, consequences: Consequences) -> StorageResult<()> {
    if consequences.awaits_no_longer {
        await_no_longer(txn, spec.id)?;
    }
    let Some(after) = &spec.after else { return Ok(()) };
    if consequences.waits_no_longer {
        after.jobs.iter().try_for_each(|parent| txn.remove(&keys::dependency(*parent, spec.id)))?;
    }
    match consequences.needs_parents {
        Some(needed) => after.jobs.iter().try_for_each(|parent| need(txn, *parent, needed)),
        None => Ok(()),
    }
}

/// Makes a job wait for jobs that it submitted. They need not be counted as needed: it reads their results as they are then.
pub fn await_jobs(txn: &mut Txn<'_>, id: JobId, jobs: Vec<JobId>) -> StorageResult<()> {
    if jobs.is_empty() {
        return Ok(());
    }
    for job in &jobs {
        txn.insert(&keys::dependency(*job, id), &Dependency::ON_SUBMITTED)?;
        note_awaited(txn, *job)?;
    }
    txn.put(&keys::awaited(id), &AwaitedRecord { jobs })
}

/// Lets a job that no other one submitted know that one waits for it.
fn note_awaited(txn: &mut Txn<'_>, id: JobId) -> StorageResult<()> {
    let Some((head, record)) = txn.job(id)? else { return Ok(()) };
    if head.spec.submitted_by.is_some() || record.awaited {
        return Ok(());
    }
    txn.save_state(id, &StateRecord { awaited: true, ..record })
}

/// Removes what is between a job and those that it submitted and waited for.
fn await_no_longer(txn: &mut Txn<'_>, id: JobId) -> StorageResult<()> {
    let row = keys::awaited(id);
    let Some(AwaitedRecord { jobs }) = txn.record(&row)? else { return Ok(()) };
    jobs.iter().try_for_each(|job| txn.remove(&keys::dependency(*job, id)))?;
    txn.remove(&row)
}

/// Counts a child of a parent, or counts it no longer. A parent that was deleted has no count.
fn need(txn: &mut Txn<'_>, parent: JobId, needed: bool) -> StorageResult<()> {
    let mut record = match txn.state(parent) {
        Ok(Some(record)) => record,
        Ok(None) => return Ok(()),
        Err(error) => return leave_out(txn, parent, error),
    };
    record.children = if needed { record.children + 1 } else { record.children.saturating_sub(1) };
    txn.save_state(parent, &record)
}

/// Notifies the children of all marked jobs, and the children of those that are discarded for it, as far as
/// one transaction goes. Returns the jobs that wait no longer.
pub fn propagate(txn: &mut Txn<'_>, now: Timestamp) -> StorageResult<Vec<Settled>> {
    let mut followed = Vec::new();
    while let Some(parent) = txn.propagation().next_parent() {
        if let Some(unfinished) =
            propagate_from(txn, parent, PropagationRecord::default(), now, &mut followed)?
        {
            txn.put(&keys::propagation(parent), &unfinished)?;
        }
    }
    Ok(followed)
}

/// Whether earlier transactions left children to be notified.
pub fn is_unfinished(txn: &Txn<'_>) -> StorageResult<bool> {
    let all = keys::propagations();
    Ok(txn.next_key(&all, &all)?.is_some())
}

/// Continues where earlier transactions stopped.
pub fn follow_on(txn: &mut Txn<'_>, now: Timestamp) -> StorageResult<FollowedOn> {
    let mut jobs = Vec::new();
    let all = keys::propagations();
    while let Some(row) = txn.next_key(&all, &all)? {
        if txn.propagation().is_exhausted() {
            return Ok(FollowedOn { jobs, more: true });
        }
        let parent = job_of(&row)?;
        let unfinished = txn.record(&row)?.unwrap_or_default();
        match propagate_from(txn, parent, unfinished, now, &mut jobs)? {
            Some(unfinished) => txn.put(&row, &unfinished)?,
            None => txn.remove(&row)?,
        }
        jobs.extend(propagate(txn, now)?);
    }
    Ok(FollowedOn { jobs, more: false })
}

/// Notifies the children of a parent behind the last one that was. Returns where to go on, if there are more.
fn propagate_from(
    txn: &mut Txn<'_>,
    parent: JobId,
    mut unfinished: PropagationRecord,
    now: Timestamp,
    followed: &mut Vec<Settled>,
) -> StorageResult<Option<PropagationRecord>> {
    let record = txn.state(parent)?;
    let state = ParentState::of(record.as_ref().map(|record| &record.state.phase));
    let dependencies = keys::dependencies(parent);
    let mut last =
        unfinished.behind.map_or_else(|| dependencies.clone(), |child| keys::dependency(parent, child));
    while let Some(row) = txn.next_key(&dependencies, &last)? {
        if txn.propagation().is_exhausted() {
            return Ok(Some(unfinished));
        }
        let child = job_of(&row)?;
        let ended = notify(txn, parent, child, state, now)?;
        txn.propagation().followed(ended.as_ref().map(|settled| &settled.job));
        followed.extend(ended);
        (unfinished.behind, last) = (Some(child), row);
    }
    Ok(None)
}

/// Notifies a child of the state of one of its parents. Returns the child if it waits no longer.
fn notify(
    txn: &mut Txn<'_>,
    parent: JobId,
    child: JobId,
    state: ParentState,
    now: Timestamp,
) -> StorageResult<Option<Settled>> {
    let row = keys::dependency(parent, child);
    let (dependency, record) = match (txn.record::<Dependency>(&row), txn.state(child)) {
        (Ok(Some(dependency)), Ok(Some(record))) => (dependency, record),
        (Err(error), _) | (_, Err(error)) => return leave_out(txn, child, error).map(|()| None),
        _ => return txn.remove(&row).map(|()| None),
    };
    let following = transition::follow(dependency, record.state.waits_for, state);
    if let Following::Waits(waits_for, dependency) = following {
        match dependency {
            Some(dependency) => txn.put(&row, &dependency)?,
            None => txn.remove(&row)?,
        }
        let waiting = JobState { waits_for, ..record.state };
        return txn.save_state(child, &StateRecord { state: waiting, ..record }).map(|()| None);
    }
    if following == Following::Same {
        return Ok(None);
    }
    let Some(whole) = load_named(txn, child)? else { return Ok(None) };
    let change = following.change(&whole.job, whole.order.as_ref(), (parent, state), now);
    change.map(|change| write(txn, whole, change, now)).transpose()
}

fn job_of(row: &Key) -> StorageResult<JobId> {
    keys::trailing_job(row)
        .ok_or_else(|| StorageError::Corrupt("the key of a dependency holds no job".to_owned()))
}
