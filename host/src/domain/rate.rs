//! Rates: the most starts within a period.

use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Duration;

use super::{format_duration, parse_duration};

/// The most starts within a period, written as `"100/1m"`. A queue or task that was idle may start all of them at once;
/// after that they follow one by one, at each share of the period.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rate {
    count: NonZeroU32,
    per: Duration,
}

impl Rate {
    /// The largest count. With the shortest period it is a start each microsecond, the unit in which starts are spaced.
    pub const COUNT_MAX: u32 = 1_000_000;
    /// The shortest period.
    pub const PER_MIN: Duration = Duration::from_secs(1);
    /// The longest period: a year.
    pub const PER_MAX: Duration = Duration::from_secs(366 * 24 * 3600);

    /// A rate, unless it is out of range.
    pub fn new(count: u32, per: Duration) -> Result<Self, String> {
        let wrong_count = || format!("count is {count}; it must be from 1 to {}", Self::COUNT_MAX);
        let fitting = NonZeroU32::new(count).filter(|count| count.get() <= Self::COUNT_MAX);
        let count = fitting.ok_or_else(wrong_count)?;
        if !(Self::PER_MIN..=Self::PER_MAX).contains(&per) {
            let [min, max] = [Self::PER_MIN, Self::PER_MAX].map(format_duration);
            return Err(format!("per is {}; it must be from {min} to {max}", format_duration(per)));
        }
        Ok(Self { count, per })
    }

    /// The number of starts.
    pub fn count(&self) -> u32 {
        self.count.get()
    }

    /// The period.
    pub fn per(&self) -> Duration {
        self.per
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.count, format_duration(self.per))
    }
}

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("{text:?} is not a rate such as \"100/1m\" or \"5/1s\"");
        let (count, per) = text.split_once('/').ok_or_else(wrong)?;
        Self::new(count.parse().map_err(|_| wrong())?, parse_duration(per)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_reads_what_it_writes() {
        for text in ["100/1m", "1/1s", "1000000/1d"] {
            assert_eq!(text.parse::<Rate>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_rate_out_of_range_is_refused_with_the_range() {
        for (text, reason) in [
            ("100", "100/1m"),
            ("x/1m", "100/1m"),
            ("0/1m", "from 1 to 1000000"),
            ("1000001/1m", "from 1 to 1000000"),
            ("1/10ms", "from 1s to 366d"),
            ("1/60", "no unit"),
        ] {
            let error = text.parse::<Rate>().unwrap_err();
            assert!(error.contains(reason), "{text}: {error}");
        }
    }
}
