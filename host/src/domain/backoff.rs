//! How long a job waits before its next attempt.

use std::time::Duration;

/// A random share of a delay, in thousandths: 0 to 1000.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Jitter(u32);

impl Jitter {
    /// No jitter: the whole delay.
    pub const NONE: Jitter = Jitter(1000);

    /// The share of a random number.
    pub const fn from_random(random: u32) -> Self {
        Self(random % 1001)
    }
}

/// Exponential backoff: the first delay doubles with every failed attempt, up to a cap.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Backoff {
    /// The delay after the first failed attempt.
    pub first: Duration,
    /// The longest delay.
    pub cap: Duration,
}

impl Backoff {
    /// The delay after this failed attempt (from 1): between half and the whole of the exponential
    /// value, so that jobs which failed together do not all come back together.
    pub fn delay(&self, attempt: u32, jitter: Jitter) -> Duration {
        let doublings = attempt.saturating_sub(1).min(31);
        let whole = self.first.saturating_mul(1 << doublings).min(self.cap);
        whole / 2 + (whole / 2).saturating_mul(jitter.0) / 1000
    }
}

impl Default for Backoff {
    /// One second, doubling up to fifteen minutes: eight attempts take two minutes, twenty take hours.
    fn default() -> Self {
        Self { first: Duration::from_secs(1), cap: Duration::from_secs(15 * 60) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_up_to_the_cap_and_never_overflows() {
        let backoff = Backoff::default();
        let seconds = |attempt| backoff.delay(attempt, Jitter::NONE).as_secs();
        assert_eq!([1, 2, 3, 4, 10].map(seconds), [1, 2, 4, 8, 512]);
        assert_eq!([11, 40, 1000, u32::MAX].map(seconds), [900; 4]);
    }

    #[test]
    fn jitter_keeps_at_least_half() {
        let delay = |random| Backoff::default().delay(3, Jitter::from_random(random));
        assert_eq!(delay(0), Duration::from_secs(2));
        assert_eq!(delay(500), Duration::from_secs(3));
        assert_eq!(delay(1000), Duration::from_secs(4));
    }
}
