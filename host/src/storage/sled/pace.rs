//! How long a group of requests may become.
//!
//! While a group is handled nobody is answered, and while it is synced nothing is handled. So a group
//! works for as long as a few syncs take: the disk then costs a small part of the time, however slow it
//! is, and on a quick disk answers come often, so that those who wait for them have work meanwhile.

use std::time::{Duration, Instant};

/// How many syncs long a group is.
const SYNCS: u32 = 4;

/// Below this, what surrounds a group costs more than it gives.
const GROUP_TIME_MIN: Duration = Duration::from_micros(500);

/// However slow the disk is: a request waits for the group before it, and for its own.
const GROUP_TIME_MAX: Duration = Duration::from_millis(20);

/// How much of what is known about syncs a new one replaces: one that is slow by chance must not make
/// the next group long.
const NEWS: u32 = 8;

/// Knows how long syncs take.
#[derive(Default)]
pub struct Pace {
    sync: Duration,
}

impl Pace {
    /// For how long a group may be handled, before it is synced.
    pub fn group_time(&self) -> Duration {
        (self.sync * SYNCS).clamp(GROUP_TIME_MIN, GROUP_TIME_MAX)
    }

    /// Learns how long a sync took.
    pub fn synced(&mut self, took: Duration) {
        self.sync = (self.sync * (NEWS - 1) + took) / NEWS;
    }
}

/// Takes a length of time, of which nothing is stored.
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Begins now.
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// How long ago it began.
    pub fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_as_long_as_the_disk_asks_for_within_bounds() {
        let mut pace = Pace::default();
        assert_eq!(pace.group_time(), GROUP_TIME_MIN);
        let mut settle = |sync| {
            (0..100).for_each(|_| pace.synced(sync));
            pace.group_time()
        };
        let usual = settle(Duration::from_millis(1));
        assert!((Duration::from_micros(3_900)..=Duration::from_millis(4)).contains(&usual), "{usual:?}");
        assert_eq!(settle(Duration::from_secs(1)), GROUP_TIME_MAX);
        assert_eq!(settle(Duration::from_micros(20)), GROUP_TIME_MIN);
    }

    #[test]
    fn one_slow_sync_changes_little() {
        let mut pace = Pace::default();
        (0..100).for_each(|_| pace.synced(Duration::from_millis(1)));
        pace.synced(Duration::from_millis(8));
        assert!(pace.group_time() < Duration::from_millis(8));
    }
}
