//! The result of one attempt.

use std::time::Duration;

use super::{Failure, Json};

/// How an attempt ended. Decided in one place, the executor, and settled by [`super::transition`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// The task returned a result.
    Succeeded(Json),
    /// The attempt failed.
    Failed(Failure),
    /// The job is to be run again later, because it asks for that or its host has no room for it; this costs
    /// no attempt.
    Snoozed(Duration),
    /// The host shuts down and gives the attempt back; this costs no attempt.
    Interrupted,
    /// The attempt was stopped because the job was cancelled.
    Cancelled,
}

impl Outcome {
    /// What it is in a word, for the log: never what the plugin returned.
    pub fn name(&self) -> &'static str {
        match self {
            Outcome::Succeeded(_) => "succeeded",
            Outcome::Failed(failure) => failure.kind.as_str(),
            Outcome::Snoozed(_) => "snoozed",
            Outcome::Interrupted => "interrupted",
            Outcome::Cancelled => "cancelled",
        }
    }
}
