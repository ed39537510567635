//! The delay of a job before its next attempt.

use std::time::Duration;

use super::JobId;

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

/// A random number that gives each job a jitter of its own, so that jobs which are taken back together do not
/// come back together.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct JitterSeed(u64);

impl JitterSeed {
    /// The seed of a random number.
    pub const fn from_random(random: u64) -> Self {
        Self(random)
    }

    /// The jitter of a job: the same for the same seed and job.
    pub fn jitter_of(self, id: JobId) -> Jitter {
        let (halves, _) = id.as_bytes().as_chunks::<8>();
        let mixed = halves.iter().fold(self.0, |mixed, half| mix(mixed ^ u64::from_be_bytes(*half)));
        Jitter::from_random((mixed >> 32) as u32)
    }
}

/// The finalizer of splitmix64: every bit of the number decides about every bit of the result.
fn mix(number: u64) -> u64 {
    let number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
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
    fn jobs_of_one_seed_are_spread_over_the_whole_delay() {
        let id = |number: u32| {
            let mut bytes = [7; 16];
            bytes[12..].copy_from_slice(&number.to_be_bytes());
            JobId::from_bytes(bytes)
        };
        for seed in [0, 1, u64::MAX].map(JitterSeed::from_random) {
            let shares: Vec<u32> = (0..1_000).map(|number| seed.jitter_of(id(number)).0).collect();
            let in_tenth = |tenth: u32| shares.iter().filter(|share| **share / 100 == tenth).count();
            assert!((0..10).all(|tenth| (60..=140).contains(&in_tenth(tenth))), "{shares:?}");
            assert_eq!(seed.jitter_of(id(3)), seed.jitter_of(id(3)));
        }
        assert_ne!(JitterSeed::from_random(0).jitter_of(id(3)), JitterSeed::from_random(1).jitter_of(id(3)));
    }

    #[test]
    fn jitter_keeps_at_least_half() {
        let delay = |random| Backoff::default().delay(3, Jitter::from_random(random));
        assert_eq!(delay(0), Duration::from_secs(2));
        assert_eq!(delay(500), Duration::from_secs(3));
        assert_eq!(delay(1000), Duration::from_secs(4));
    }
}
