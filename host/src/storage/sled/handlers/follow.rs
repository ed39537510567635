//! Jobs that wait for others: inserting their dependencies, and following them up when parents end.
//!
//! A row for each dependency, under the parent, is there as long as the child waits for that parent. The parent's
//! state counts its children that are not final: so long it is kept, and only then are there dependencies to look
//! for. To count a child down reads and writes small rows, however large its input and its list of
//! parents are.

use super::super::codec::{StateRecord, UntoldRecord};
use super::super::keys::{self, Key};
use super::super::txn::Txn;
use super::super::view::Look;
use super::{leave_out, load_named, write};
use crate::domain::submission::Dependencies;
use crate::domain::transition::{self, Consequences, Dependency, Following, ParentState};
use crate::domain::{JobId, JobSpec, JobState, Timestamp};
use crate::ports::{Settled, StorageError, StorageResult};

/// Inserts what is between a new job and those that it waits for.
pub fn insert(txn: &mut Txn<'_>, child: JobId, dependencies: &Dependencies) -> StorageResult<()> {
    dependencies.parents().iter().try_for_each(|parent| need(txn, *parent, true))?;
    dependencies
        .waits_for()
        .iter()
        .try_for_each(|(parent, dependency)| txn.insert(&keys::dependency(*parent, child), dependency))
}

/// Lets go of a job's parents, as far as that follows from a change.
pub fn let_go(txn: &mut Txn<'_>, spec: &JobSpec, consequences: Consequences) -> StorageResult<()> {
    let Some(after) = &spec.after else { return Ok(()) };
    if consequences.waits_no_longer {
        after.jobs.iter().try_for_each(|parent| txn.remove(&keys::dependency(*parent, spec.id)))?;
    }
    match consequences.needs_parents {
        Some(needed) => after.jobs.iter().try_for_each(|parent| need(txn, *parent, needed)),
        None => Ok(()),
    }
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

/// Tells the children of all marked jobs, and the children of those that are discarded for it, as far as
/// one transaction goes. Says who waits no longer.
pub fn tell_marked(txn: &mut Txn<'_>, now: Timestamp) -> StorageResult<Vec<Settled>> {
    let mut followed = Vec::new();
    while let Some(parent) = txn.propagation().next_parent() {
        if let Some(untold) = tell_from(txn, parent, UntoldRecord::default(), now, &mut followed)? {
            txn.put(&keys::untold(parent), &untold)?;
        }
    }
    Ok(followed)
}

/// Goes on where transactions before this one had told enough; says also whether there is still more.
pub fn go_on(txn: &mut Txn<'_>, now: Timestamp) -> StorageResult<(Vec<Settled>, bool)> {
    let mut followed = tell_marked(txn, now)?;
    let all = keys::all_untold();
    while let Some(row) = txn.next_key(&all, &all)? {
        if txn.propagation().is_exhausted() {
            return Ok((followed, true));
        }
        let parent = job_of(&row)?;
        let untold = txn.record(&row)?.unwrap_or_default();
        match tell_from(txn, parent, untold, now, &mut followed)? {
            Some(untold) => txn.put(&row, &untold)?,
            None => txn.remove(&row)?,
        }
        followed.extend(tell_marked(txn, now)?);
    }
    Ok((followed, false))
}

/// Tells the children of a parent that were not told yet. What comes back is where to go on.
fn tell_from(
    txn: &mut Txn<'_>,
    parent: JobId,
    mut untold: UntoldRecord,
    now: Timestamp,
    followed: &mut Vec<Settled>,
) -> StorageResult<Option<UntoldRecord>> {
    let record = txn.state(parent)?;
    let standing = ParentState::of(record.as_ref().map(|record| &record.state.phase));
    let dependencies = keys::dependencies(parent);
    let mut last =
        untold.behind.map_or_else(|| dependencies.clone(), |child| keys::dependency(parent, child));
    while let Some(row) = txn.next_key(&dependencies, &last)? {
        if txn.propagation().is_exhausted() {
            return Ok(Some(untold));
        }
        let child = job_of(&row)?;
        let ended = tell(txn, parent, child, standing, now)?;
        txn.propagation().followed(ended.as_ref().map(|settled| &settled.job));
        followed.extend(ended);
        (untold.behind, last) = (Some(child), row);
    }
    Ok(None)
}

/// Tells a child where one of its parents stands; says how it ended, if it waits no longer.
fn tell(
    txn: &mut Txn<'_>,
    parent: JobId,
    child: JobId,
    standing: ParentState,
    now: Timestamp,
) -> StorageResult<Option<Settled>> {
    let row = keys::dependency(parent, child);
    let (dependency, record) = match (txn.record::<Dependency>(&row), txn.state(child)) {
        (Ok(Some(dependency)), Ok(Some(record))) => (dependency, record),
        (Err(error), _) | (_, Err(error)) => return leave_out(txn, child, error).map(|()| None),
        _ => return txn.remove(&row).map(|()| None),
    };
    let following = transition::follow(dependency, record.state.waits_for, standing);
    if let Following::Waits(waits_for, dependency) = following {
        match dependency {
            Some(dependency) => txn.put(&row, &dependency)?,
            None => txn.remove(&row)?,
        }
        let state = JobState { waits_for, ..record.state };
        return txn.save_state(child, &StateRecord { state, ..record }).map(|()| None);
    }
    if following == Following::Same {
        return Ok(None);
    }
    let Some(whole) = load_named(txn, child)? else { return Ok(None) };
    let change = following.change(&whole.job, whole.order.as_ref(), (parent, standing), now);
    change.map(|change| write(txn, whole, change)).transpose()
}

fn job_of(row: &Key) -> StorageResult<JobId> {
    keys::trailing_job(row)
        .ok_or_else(|| StorageError::Corrupt("the key of a dependency holds no job".to_owned()))
}
