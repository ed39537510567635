//! The states of a job as they are shown.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The seven states shown outside; three of them are derived from [`Phase::Pending`](super::Phase::Pending).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord, Serialize, Deserialize)]
pub enum StateName {
    /// Due later, or waits for other jobs; never attempted.
    Scheduled,
    /// Due now.
    Available,
    /// An attempt runs.
    Running,
    /// Failed, and due again later.
    Retryable,
    /// Succeeded.
    Completed,
    /// Failed for good.
    Discarded,
    /// Stopped by a person.
    Cancelled,
}

impl StateName {
    /// All states, in the order of a job's life.
    pub const ALL: [StateName; 7] = [
        StateName::Scheduled,
        StateName::Available,
        StateName::Running,
        StateName::Retryable,
        StateName::Completed,
        StateName::Discarded,
        StateName::Cancelled,
    ];

    /// The name shown outside.
    pub fn as_str(self) -> &'static str {
        match self {
            StateName::Scheduled => "scheduled",
            StateName::Available => "available",
            StateName::Running => "running",
            StateName::Retryable => "retryable",
            StateName::Completed => "completed",
            StateName::Discarded => "discarded",
            StateName::Cancelled => "cancelled",
        }
    }
}

impl fmt::Display for StateName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for StateName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|state| state.as_str() == text);
        known.ok_or_else(|| {
            let names = Self::ALL.map(StateName::as_str).join(", ");
            format!("{text:?} is not a state of a job; the states are {names}")
        })
    }
}
