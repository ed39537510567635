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
pub struct Keep {
    /// Time for which jobs are kept after they became final; `None` for ever.
    pub age: Option<Duration>,
    /// Most jobs that are kept, the youngest.
    pub count: u64,
}

/// The retention of final jobs, by their states.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Retention {
    /// Of jobs that succeeded.
    pub completed: Keep,
    /// Of jobs that failed for good, which are kept longer for inspection and retries.
    pub discarded: Keep,
    /// Of jobs that were cancelled.
    pub cancelled: Keep,
}

impl Default for Retention {
    fn default() -> Self {
        let days = |days| Keep { age: Some(DAY * days), count: COUNT_DEFAULT };
        Self { completed: days(7), discarded: days(30), cancelled: days(30) }
    }
}

impl Retention {
    /// The final states, each with its retention.
    pub fn by_state(&self) -> [(StateName, Keep); 3] {
        [
            (StateName::Completed, self.completed),
            (StateName::Discarded, self.discarded),
            (StateName::Cancelled, self.cancelled),
        ]
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

impl Keep {
    /// Whether to delete a job. Of the `count` jobs of its state it is at this place, of which 0 is the first that became
    /// final. The jobs to delete are thus always the first ones.
    pub fn lets_go(&self, place: u64, count: u64, finalized_at: Timestamp, now: Timestamp) -> bool {
        let too_many = place < count.saturating_sub(self.count);
        too_many || self.age.is_some_and(|age| now.since(finalized_at) >= age)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_millis(1_000_000);

    #[test]
    fn a_job_goes_when_it_is_too_old_or_when_there_are_too_many() {
        let keep = Keep { age: Some(Duration::from_secs(60)), count: 2 };
        let old = NOW.minus(Duration::from_secs(60));
        let young = NOW.minus(Duration::from_secs(59));
        assert!(keep.lets_go(0, 1, old, NOW) && !keep.lets_go(0, 1, young, NOW));
        assert!(keep.lets_go(0, 3, young, NOW) && !keep.lets_go(1, 3, young, NOW));
    }

    #[test]
    fn without_an_age_only_the_number_counts() {
        let keep = Keep { age: None, count: 0 };
        assert!(keep.lets_go(0, 1, NOW, NOW));
        assert!(!Keep { count: 1, ..keep }.lets_go(0, 1, Timestamp::default(), NOW));
    }
}
