//! Jobs.
//!
//! Rules read only the [`Job`]: its specification and its state, both small. The data for its task and its submitter is
//! the [`Payload`], up to a megabyte that no rule reads.

mod filter;
mod options;
mod payload;
mod search;
mod spec;
mod state;
mod state_name;
mod whole;

pub use filter::JobFilter;
pub use options::{JobOptions, TAGS_MAX};
pub use payload::Payload;
pub use search::{InputTrait, JobSearch, JobTraits, PluginTrait};
pub use spec::{JobSpec, MAX_ATTEMPTS_DEFAULT};
pub use state::{JobState, Phase, Progress};
pub use state_name::StateName;
pub use whole::{FullJob, Job, JobDetails};
