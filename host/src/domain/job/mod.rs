//! A job: a task, what it runs on, and where it stands.
//!
//! All that rules look at is the [`Job`]: its specification and its state, both small. What it carries for its
//! task and its submitter is the [`Payload`], up to a megabyte that no rule reads.

mod filter;
mod options;
mod payload;
mod spec;
mod state;
mod state_name;

pub use filter::JobFilter;
pub use options::{JobOptions, TAGS_MAX};
pub use payload::Payload;
pub use spec::JobSpec;
pub use state::{JobState, Phase, Progress};
pub use state_name::StateName;

use super::{AttemptError, Json, Timestamp};

/// A job: what was submitted and where it stands.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Job {
    /// What was submitted.
    pub spec: JobSpec,
    /// Where it stands.
    pub state: JobState,
}

impl Job {
    /// A job just submitted.
    pub fn new(spec: JobSpec) -> Self {
        let state = JobState::submitted(&spec);
        Self { spec, state }
    }

    /// The state shown outside at this moment.
    pub fn state_name(&self, now: Timestamp) -> StateName {
        self.state.name(now)
    }
}

/// A job with its payload.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FullJob {
    /// The job.
    pub job: Job,
    /// What it carries.
    pub payload: Payload,
}

/// A job with everything that was written about it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct JobDetails {
    /// The job.
    pub job: Job,
    /// What it carries.
    pub payload: Payload,
    /// The result of a completed job.
    pub output: Option<Json>,
    /// Every failed attempt, oldest first.
    pub errors: Vec<AttemptError>,
}
