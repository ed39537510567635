//! Reads of a driver for a submission, before it is planned.

use std::collections::{BTreeSet, HashSet};

use crate::domain::{Job, JobId, StateName, TaskName};

/// The reads that the jobs of a submission need. Most need none.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Reads {
    /// The newest job of each of these keys.
    pub newest: BTreeSet<UniqueRead>,
    /// Jobs to wait for: who submitted them, and their states.
    pub parents: BTreeSet<JobId>,
    /// Jobs of the submission for which others of it wait.
    pub(super) own_parents: HashSet<JobId>,
}

/// The newest job of a task and key that is in one of these states.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct UniqueRead {
    /// The task.
    pub task: TaskName,
    /// The unique key.
    pub key: String,
    /// The states that count.
    pub states: Vec<StateName>,
}

impl Reads {
    /// The reads of these jobs, webhooks among them.
    pub fn of<'a>(jobs: impl Iterator<Item = &'a Job> + Clone) -> Self {
        let mut reads = Self::default();
        for job in jobs.clone() {
            if let Some(unique) = &job.spec.options.unique {
                let (key, states) = (unique.key.clone(), unique.states.clone());
                reads.newest.insert(UniqueRead { task: job.spec.task.clone(), key, states });
            }
            reads.parents.extend(job.spec.after.iter().flat_map(|after| &after.jobs));
        }
        if !reads.parents.is_empty() {
            let own = jobs.map(|job| job.spec.id).filter(|id| reads.parents.contains(id));
            reads.own_parents = own.collect();
            reads.parents.retain(|id| !reads.own_parents.contains(id));
        }
        reads
    }
}
