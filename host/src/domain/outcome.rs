//! The result of one attempt.

use std::time::Duration;

use super::{Failure, Json, WaitRequest};

/// How an attempt ended. Decided in one place, the executor, and settled by [`super::transition`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// The task returned a result.
    Succeeded(Json),
    /// The attempt failed.
    Failed(Failure),
    /// The job runs again later, because its plugin requests it or its host has no room; the attempt does not count.
    Snoozed(Duration),
    /// The task waits for an external event; the attempt does not count.
    Waiting(WaitRequest),
    /// The host shuts down and gives the attempt back, which does not count.
    Interrupted,
    /// The attempt was stopped because the job was cancelled.
    Cancelled,
}

impl Outcome {
    /// The wait that it begins.
    pub fn wait(&self) -> Option<&WaitRequest> {
        match self {
            Outcome::Waiting(wait) => Some(wait),
            _ => None,
        }
    }

    /// Its name for the log, without the plugin's result.
    pub fn name(&self) -> &'static str {
        match self {
            Outcome::Succeeded(_) => "succeeded",
            Outcome::Failed(failure) => failure.kind.as_str(),
            Outcome::Snoozed(_) => "snoozed",
            Outcome::Waiting(_) => "waiting",
            Outcome::Interrupted => "interrupted",
            Outcome::Cancelled => "cancelled",
        }
    }
}
