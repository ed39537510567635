//! A job: its specification and its state.

use std::collections::HashSet;

use super::{JobSpec, JobState, Payload, StateName};
use crate::domain::{AttemptError, Json, StandIns, Timestamp};

/// A job: its specification and its state.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Job {
    /// The specification.
    pub spec: JobSpec,
    /// The state.
    pub state: JobState,
}

impl Job {
    /// A job at its submission.
    pub fn new(spec: JobSpec) -> Self {
        let state = JobState::submitted(&spec);
        Self { spec, state }
    }

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

    /// The state shown outside at this time.
    pub fn state_name(&self, now: Timestamp) -> StateName {
        self.state.name(now)
    }
}

/// A job with its payload.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FullJob {
    /// The job.
    pub job: Job,
    /// Its payload.
    pub payload: Payload,
}

/// A job with its payload and results.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JobDetails {
    /// The job.
    pub job: Job,
    /// Its payload.
    pub payload: Payload,
    /// The result of a completed job.
    pub output: Option<Json>,
    /// The failed attempts, oldest first.
    pub errors: Vec<AttemptError>,
}
