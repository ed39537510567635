//! How long final jobs are kept. A job that waits or runs is kept whatever its age.
//!
//! An order is kept when its job goes: it is what the customer sees, and it is final by then.

use std::time::Duration;

use super::{StateName, Timestamp, format_duration, parse_duration};

/// The age that nothing reaches.
const FOREVER: &str = "forever";

/// One day.
const DAY: Duration = Duration::from_secs(24 * 3600);

/// The most final jobs of a state that are kept unless somebody says otherwise: about a gigabyte of
/// small ones on disk, and a hundred megabytes of memory.
const COUNT_DEFAULT: u64 = 1_000_000;

/// How long the jobs of one final state are kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Keep {
    /// For so long after they became final; without it, for ever.
    pub age: Option<Duration>,
    /// At most so many, the youngest.
    pub count: u64,
}

/// How long final jobs are kept, by their states.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Retention {
    /// Those that succeeded.
    pub completed: Keep,
    /// Those that failed for good: somebody may still want to know why, or to try them again.
    pub discarded: Keep,
    /// Those that were stopped.
    pub cancelled: Keep,
}

impl Default for Retention {
    fn default() -> Self {
        let days = |days| Keep { age: Some(DAY * days), count: COUNT_DEFAULT };
        Self { completed: days(7), discarded: days(30), cancelled: days(30) }
    }
}

impl Retention {
    /// The final states, each with how long its jobs are kept.
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
    /// Whether a job goes. Of the `count` jobs of its state it is the one at this place, the one that
    /// became final first being at 0. So those that go are always the first ones.
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
