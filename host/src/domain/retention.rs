//! Retention of final jobs. A job that waits or runs is kept whatever its age.
//!
//! An order is kept when its job is deleted, and is final by then.

use std::time::Duration;

use super::{StateName, Timestamp, format_duration, parse_duration};

/// The text of an unlimited age.
const FOREVER: &str = "forever";

/// One day.
const DAY: Duration = Duration::from_secs(24 * 3600);

/// The default number of final jobs of a state that are kept: about a gigabyte of small ones on disk, and a hundred
/// megabytes of memory.
const COUNT_DEFAULT: u64 = 1_000_000;

/// The retention of one final state.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RetentionRule {
    /// Time for which jobs are kept after they became final; `None` for ever.
    pub age: Option<Duration>,
    /// Most jobs that are kept, the youngest.
    pub count: u64,
}

/// The retention of final jobs, by their states.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Retention {
    /// Of jobs that succeeded.
    pub completed: RetentionRule,
    /// Of jobs that failed for good, which are kept longer for inspection and retries.
    pub discarded: RetentionRule,
    /// Of jobs that were cancelled.
    pub cancelled: RetentionRule,
}

impl Default for Retention {
    fn default() -> Self {
        let days = |days| RetentionRule { age: Some(DAY * days), count: COUNT_DEFAULT };
        Self { completed: days(7), discarded: days(30), cancelled: days(30) }
    }
}

/// Jobs of one final state that are kept no longer, in the terms of storage.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cutoff {
    /// The state.
    pub state: StateName,
    /// The latest time of becoming final of a job that is too old; `None` if none is.
    pub too_old: Option<Timestamp>,
    /// Most jobs that are kept. Of more, those that became final first are too many.
    pub most: u64,
}

impl Retention {
    /// The final states, each with its retention.
    pub fn by_state(&self) -> [(StateName, RetentionRule); 3] {
        [
            (StateName::Completed, self.completed),
            (StateName::Discarded, self.discarded),
            (StateName::Cancelled, self.cancelled),
        ]
    }

    /// The jobs that are kept no longer at this time.
    pub fn cutoffs(&self, now: Timestamp) -> [Cutoff; 3] {
        self.by_state().map(|(state, RetentionRule { age, count })| Cutoff {
            state,
            too_old: age.map(|age| now.minus(age)),
            most: count,
        })
    }
}

/// Reads an age: a duration, or `forever`.
pub fn parse_age(text: &str) -> Result<Option<Duration>, String> {
    match text {
        FOREVER => Ok(None),
        text => parse_duration(text).map(Some).map_err(|error| format!("{error}, or \"{FOREVER}\"")),
    }
}

/// Writes an age in the form that [`parse_age`] reads.
pub fn format_age(age: Option<Duration>) -> String {
    age.map_or_else(|| FOREVER.to_owned(), format_duration)
}

impl Cutoff {
    /// Whether it includes a job that became final at this time. Of the `count` jobs of the state it is at this
    /// position, of which 0 is the first that became final, so that the jobs that are included are always the first ones.
    pub fn includes(&self, position: u64, count: u64, finalized_at: Timestamp) -> bool {
        position < count.saturating_sub(self.most)
            || self.too_old.is_some_and(|too_old| finalized_at <= too_old)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    fn cutoff(age: Option<Duration>, count: u64) -> Cutoff {
        let keep = RetentionRule { age, count };
        Retention { completed: keep, discarded: keep, cancelled: keep }.cutoffs(NOW)[0]
    }

    #[test]
    fn a_job_goes_when_it_is_too_old_or_when_there_are_too_many() {
        let cutoff = cutoff(Some(Duration::from_secs(60)), 2);
        let old = NOW.minus(Duration::from_secs(60));
        let young = NOW.minus(Duration::from_millis(59_999));
        assert!(cutoff.includes(0, 1, old) && !cutoff.includes(0, 1, young));
        assert!(cutoff.includes(0, 3, young) && !cutoff.includes(1, 3, young));
    }

    #[test]
    fn without_an_age_only_the_number_counts() {
        assert!(cutoff(None, 0).includes(0, 1, NOW));
        assert!(!cutoff(None, 1).includes(0, 1, Timestamp::default()));
    }
}
