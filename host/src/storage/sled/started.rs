//! What was submitted of the jobs that run, and the rows that say where they stand.
//!
//! Whoever runs a job has its input in memory and shares it with this. So a large input is read from
//! its chunks once for each attempt, when it is claimed, and not again under the lock to write the
//! result: a result is written without reading the tree. Jobs that a process before this one started
//! are not here, and are read.

use std::collections::HashMap;

use sled::IVec;

use super::keys;
use super::txn::Writes;
use crate::domain::{JobId, JobSpec};

/// The jobs that run, each with the row of its state as it was last written.
#[derive(Default)]
pub struct Started(HashMap<JobId, (JobSpec, IVec)>);

impl Started {
    /// Keeps what an attempt was started on. The same request wrote the row of its state.
    pub fn keep(&mut self, spec: JobSpec, written: &Writes) {
        if let Some(Some(row)) = written.get(&keys::state(spec.id)) {
            self.0.insert(spec.id, (spec, row.clone()));
        }
    }

    /// Follows what a request wrote.
    pub fn follow_rows(&mut self, written: &Writes) {
        for (key, row) in written {
            let known = keys::job_of_state(key).and_then(|id| self.0.get_mut(&id));
            if let (Some((_, known)), Some(row)) = (known, row) {
                known.clone_from(row);
            }
        }
    }

    /// Forgets a job that runs no more.
    pub fn forget(&mut self, id: JobId) {
        self.0.remove(&id);
    }

    /// What was submitted of a job, if it runs.
    pub fn spec(&self, id: JobId) -> Option<&JobSpec> {
        self.0.get(&id).map(|(spec, _)| spec)
    }

    /// The row of this key, if it says where a job stands that runs.
    pub fn row(&self, key: &[u8]) -> Option<&IVec> {
        keys::job_of_state(key).and_then(|id| self.0.get(&id)).map(|(_, row)| row)
    }
}
