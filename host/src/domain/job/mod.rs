//! Jobs.
//!
//! Rules read only the [`Job`]: its specification and its state, both small. The data for its task and its submitter is
//! the [`Payload`], up to a megabyte that no rule reads.

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
