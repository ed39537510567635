//! Throughput: the attempts that ended, by minute.

use std::ops::{Add, AddAssign, Sub};
use std::time::Duration;

use super::Timestamp;

/// The time for which minutes are kept.
pub const MINUTES_KEPT: Duration = Duration::from_secs(7 * 24 * 3600);

/// Minutes of an hour.
const MINUTES_OF_HOUR: u64 = 60;

const MINUTE_MILLIS: u64 = 60_000;

/// The attempts that ended within a minute, or another time.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Ended {
    /// Those that succeeded.
    pub succeeded: u64,
    /// Those that failed, whether others follow or not.
    pub failed: u64,
}

impl Ended {
    /// Whether there is none.
    pub fn is_none(self) -> bool {
        self == Self::default()
    }
}

impl Add for Ended {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { succeeded: self.succeeded + other.succeeded, failed: self.failed + other.failed }
    }
}

impl AddAssign for Ended {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for Ended {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self {
            succeeded: self.succeeded.saturating_sub(other.succeeded),
            failed: self.failed.saturating_sub(other.failed),
        }
    }
}

/// A minute, by its number since the epoch.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Minute(pub u64);

impl Minute {
    /// The minute of a time.
    pub fn of(time: Timestamp) -> Self {
        Self(time.as_millis() / MINUTE_MILLIS)
    }

    /// The number of its hour since the epoch, and its place in that.
    pub fn in_hour(self) -> (u64, usize) {
        (self.0 / MINUTES_OF_HOUR, usize::try_from(self.0 % MINUTES_OF_HOUR).unwrap_or(0))
    }

    /// The minutes of an hour, by its number since the epoch.
    pub fn all_of(hour: u64) -> impl Iterator<Item = Self> {
        (0..MINUTES_OF_HOUR).map(move |minute| Self(hour.saturating_mul(MINUTES_OF_HOUR) + minute))
    }

    /// Its beginning.
    pub fn begins(self) -> Timestamp {
        Timestamp::from_millis(self.0.saturating_mul(MINUTE_MILLIS))
    }

    /// The first minute that is kept while this one is counted.
    pub fn first_kept(self) -> Self {
        Self(self.0.saturating_sub(MINUTES_KEPT.as_secs() / 60))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_has_its_times_and_a_week_is_kept() {
        let minute = Minute::of(Timestamp::from_millis(119_999));
        assert_eq!((minute, minute.begins()), (Minute(1), Timestamp::from_millis(60_000)));
        assert_eq!(Minute(20_000).first_kept(), Minute(20_000 - 7 * 24 * 60));
        assert_eq!(Minute(5).first_kept(), Minute(0));
        assert_eq!(Minute(125).in_hour(), (2, 5));
        assert_eq!(Minute::all_of(2).nth(5), Some(Minute(125)));
    }
}
