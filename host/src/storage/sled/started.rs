//! What was submitted of the jobs that run.
//!
//! Whoever runs a job has its input in memory and shares it with this. So a large input is read from
//! its chunks once for each attempt, when it is claimed, and not again under the lock to write the
//! result. Jobs that a process before this one started are not here, and are read.

use std::collections::HashMap;

use super::txn::Edit;
use crate::domain::{JobId, JobSpec, Phase};

/// The specifications of jobs that run.
#[derive(Default)]
pub struct Started(HashMap<JobId, JobSpec>);

impl Started {
    /// Keeps what an attempt was started on.
    pub fn keep(&mut self, spec: JobSpec) {
        self.0.insert(spec.id, spec);
    }

    /// Forgets a job that runs no more.
    pub fn follow(&mut self, edit: &Edit) {
        let Edit::Job(id, record) = edit else { return };
        if !record.as_ref().is_some_and(|record| matches!(record.state.phase, Phase::Running { .. })) {
            self.0.remove(id);
        }
    }

    /// What was submitted of a job, if it runs.
    pub fn spec(&self, id: JobId) -> Option<&JobSpec> {
        self.0.get(&id)
    }
}
