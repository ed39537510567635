//! The uniqueness of a job within its task, and the effect of submitting another.
//!
//! Keys of different tasks are separate. A key is checked only when a job is submitted, and not at a manual retry, for
//! example.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{RequestProblem, StateName, closed_set};

/// The longest key, in bytes.
const KEY_BYTES_MAX: usize = 255;
/// The most jobs of a key that are not final that a submission checks, the newest. With the default states there is at
/// most one.
pub const UNIQUE_OPEN_MAX: usize = 100;
/// The longest period. Jobs are hardly kept longer than that.
const WITHIN_MAX: Duration = Duration::from_secs(366 * 24 * 3600);

/// The uniqueness of a job within its task.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Unique {
    /// The key, 1 to 255 bytes.
    pub key: String,
    /// Only jobs submitted within this time count; all if it is `None`.
    pub within: Option<Duration>,
    /// Only jobs in one of these states count.
    pub states: Vec<StateName>,
    /// The effect on the two jobs.
    pub on_conflict: OnConflict,
}

closed_set! {
    /// The effect of submitting a job while another of its key counts.
    #[default(Existing)]
    pub enum OnConflict {
        /// The other stays as it is.
        Existing = "existing",
        /// The new job takes the place of the other, if that waits.
        Replace = "replace",
        /// The other becomes due when the new one would have been, if it waits.
        Debounce = "debounce",
    }
}

impl Unique {
    /// The states that count by default: those of a job that is not final.
    pub const STATES_DEFAULT: [StateName; 4] =
        [StateName::Scheduled, StateName::Available, StateName::Running, StateName::Retryable];

    /// The only job of this key that is not final.
    pub fn new(key: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            within: None,
            states: Self::STATES_DEFAULT.to_vec(),
            on_conflict: OnConflict::default(),
        }
    }

    /// The problems of all fields.
    pub fn problems(&self) -> Vec<RequestProblem> {
        let wrong = |wrong: bool, field: &str, detail: &str| {
            wrong.then(|| RequestProblem { pointer: format!("/unique/{field}"), detail: detail.to_owned() })
        };
        let key_wrong = self.key.is_empty() || self.key.len() > KEY_BYTES_MAX;
        let within_wrong = self.within.is_some_and(|within| within.is_zero() || within > WITHIN_MAX);
        [
            wrong(key_wrong, "key", "must have 1 to 255 bytes"),
            wrong(within_wrong, "within", "must be longer than 0 and at most 366 days, such as \"1h\""),
            wrong(self.states.is_empty(), "states", "must name at least one state, or be left out"),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_wrong_field_is_named() {
        let wrong =
            Unique { within: Some(Duration::ZERO), states: Vec::new(), ..Unique::new("x".repeat(256)) };
        let pointers: Vec<_> = wrong.problems().into_iter().map(|problem| problem.pointer).collect();
        assert_eq!(pointers, ["/unique/key", "/unique/within", "/unique/states"]);
        assert_eq!(Unique::new("k").problems(), []);
    }
}
