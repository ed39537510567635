//! The parents of a job: the jobs that it waits for.

use std::collections::HashMap;

use super::{JobId, closed_set};

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
    /// Number of parents.
    pub fn count(&self) -> u32 {
        u32::try_from(self.jobs.len()).unwrap_or(u32::MAX)
    }
}

/// Existing jobs that stand for new ones with the same unique keys.
pub type StandIns = HashMap<JobId, JobId>;
