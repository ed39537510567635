//! The knowledge of a plan: what a driver read, and its own decisions.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::Reads;
use crate::domain::transition::ParentState;
use crate::domain::{Job, JobId, JobSpec, Order, Phase, Submitter, TaskName, Timestamp, UNIQUE_OPEN_MAX};

/// The jobs of a task and unique key with their orders, the newest last.
type OfKey = BTreeMap<JobId, (Job, Option<Order>)>;

/// Jobs that others of a submission may conflict with or wait for.
#[derive(Clone, Debug, Default)]
pub struct Known {
    unique: HashMap<(TaskName, String), OfKey>,
    parents: HashMap<JobId, Parent>,
    /// Jobs of the submission that become parents when they are inserted.
    own_parents: HashSet<JobId>,
}

/// A job that may be waited for.
#[derive(Clone, Debug)]
pub(super) struct Parent {
    pub(super) submitter: Submitter,
    pub(super) state: ParentState,
}

impl Known {
    /// Nothing yet, for a submission that needs these reads.
    pub fn new(reads: &Reads) -> Self {
        let unique = reads.newest.iter().map(|read| ((read.task.clone(), read.key.clone()), BTreeMap::new()));
        Self { unique: unique.collect(), parents: HashMap::new(), own_parents: reads.own_parents.clone() }
    }

    /// Adds the newest job of a key, and its order.
    pub fn add_newest(&mut self, job: &Job, order: Option<&Order>) {
        self.note(job, order);
    }

    /// Adds a job to wait for: its submitter, and its phase.
    pub fn add_parent(&mut self, id: JobId, submitter: &Submitter, phase: &Phase) {
        let parent = Parent { submitter: submitter.clone(), state: ParentState::of(Some(phase)) };
        self.parents.insert(id, parent);
    }

    /// The newest job of the task and key of this one that is in a state that counts.
    pub(super) fn newest(&self, new: &JobSpec, now: Timestamp) -> Option<&(Job, Option<Order>)> {
        let unique = new.options.unique.as_ref()?;
        let jobs = self.unique.get(&(new.task.clone(), unique.key.clone()))?;
        let counts = |(job, _): &&(Job, Option<Order>)| unique.states.contains(&job.state_name(now));
        jobs.values().rev().take(UNIQUE_OPEN_MAX).find(counts)
    }

    pub(super) fn parent(&self, id: JobId) -> Option<&Parent> {
        self.parents.get(&id)
    }

    /// Remembers a job as it is from now on, if another one of the submission may ask for it.
    pub(super) fn note(&mut self, job: &Job, order: Option<&Order>) {
        let id = job.spec.id;
        if !self.unique.is_empty()
            && let Some(unique) = &job.spec.options.unique
            && let Some(jobs) = self.unique.get_mut(&(job.spec.task.clone(), unique.key.clone()))
        {
            jobs.insert(id, (job.clone(), order.cloned()));
        }
        if self.own_parents.contains(&id) || self.parents.contains_key(&id) {
            self.parents.insert(id, Parent::of(job));
        }
    }

    /// Remembers that a job stands for one of the submission, which others may wait for.
    pub(super) fn note_stand_in(&mut self, new: JobId, job: &Job) {
        if self.own_parents.contains(&new) {
            self.parents.insert(job.spec.id, Parent::of(job));
        }
    }
}

impl Parent {
    fn of(job: &Job) -> Self {
        Self { submitter: job.spec.submitter.clone(), state: ParentState::of(Some(&job.state.phase)) }
    }
}
