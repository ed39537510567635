//! The rows of jobs with unique keys.
//!
//! A row for each job with a key has the stage of the job, so that a job in a state that counts is
//! found without looking at the others of its key, be they thousands of final ones.

use std::collections::BTreeSet;

use super::super::keys::{self, Key, Stage};
use super::super::txn::Txn;
use crate::domain::submission::UniqueRead;
use crate::domain::{Job, JobId, JobSpec, Phase, Timestamp, UNIQUE_OPEN_MAX};
use crate::ports::{StorageError, StorageResult};

/// Writes the row of a new job.
pub fn insert(txn: &mut Txn<'_>, spec: &JobSpec, phase: &Phase) {
    row(spec, phase).into_iter().for_each(|row| txn.mark(row));
}

/// Moves the row of a job to another state.
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

/// The newest job of a task and key that is in a state that counts.
pub fn newest(txn: &Txn<'_>, read: &UniqueRead, now: Timestamp) -> StorageResult<Option<JobId>> {
    let UniqueRead { task, key, states } = read;
    let stages: BTreeSet<Stage> = states.iter().map(|state| Stage::of_state(*state)).collect();
    let mut newest = None;
    for stage in stages {
        // All final jobs of a stage are in one state; the state of the others is a question of the time.
        let limit = if stage == Stage::Open { UNIQUE_OPEN_MAX } else { 1 };
        for row in txn.last_keys(&keys::uniques(task, key, stage), limit)? {
            let id = job_of(&row)?;
            if txn.index().state_name(id, now).is_some_and(|state| states.contains(&state)) {
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
