//! The parents of a job: the jobs that it waits for.

use std::collections::{HashMap, HashSet};

use super::{Job, JobId, closed_set};

/// The jobs that a job waits for before it is due, its parents.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct After {
    /// The parents, at least one, each once.
    pub jobs: Vec<JobId>,
    /// How many of them must be final.
    pub when: AfterWhen,
    /// The effect on it when one of them is discarded, cancelled or deleted.
    pub on_failed: AfterFailed,
}

closed_set! {
    /// How many parents must be final.
    #[default(All)]
    pub enum AfterWhen {
        /// All of them.
        All = "all",
        /// The first of them.
        Any = "any",
    }
}

closed_set! {
    /// The effect on a job when a parent is discarded, cancelled or deleted.
    #[default(Discard)]
    pub enum AfterFailed {
        /// The job is discarded too.
        Discard = "discard",
        /// The job runs as if the parent had completed.
        Run = "run",
        /// The job waits until the parent is retried and completes; it is discarded when the parent is deleted.
        Wait = "wait",
    }
}

impl After {
    /// How many parents there are.
    pub fn count(&self) -> u32 {
        u32::try_from(self.jobs.len()).unwrap_or(u32::MAX)
    }
}

/// Existing jobs that stand for new ones with the same unique keys.
pub type StandIns = HashMap<JobId, JobId>;

impl Job {
    /// Waits for those that stand for its parents, for each once. It was not stored yet. Returns whether it
    /// waits for others now.
    pub fn redirect(&mut self, stand_ins: &StandIns) -> bool {
        let Some(after) = &mut self.spec.after else { return false };
        if !after.jobs.iter().any(|parent| stand_ins.contains_key(parent)) {
            return false;
        }
        let mut seen = HashSet::new();
        after.jobs.iter_mut().for_each(|parent| *parent = *stand_ins.get(parent).unwrap_or(parent));
        after.jobs.retain(|parent| seen.insert(*parent));
        self.state.waits_for = after.count();
        true
    }
}
