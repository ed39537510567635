//! Rates of requests, per token and per address.
//!
//! The memory is fixed however many callers there are: a caller has a cell in each of two tables, by two secret hashes,
//! and is refused only when both are used up. Two callers rarely share one cell, and hardly ever both.

use std::hash::{BuildHasher, RandomState};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::http::header::RETRY_AFTER;

use crate::api::problem::{Kind, Problem};
use crate::domain::Rate;

/// Cells of each table: half a mebibyte.
const CELLS: usize = 1 << 16;

/// A limit of requests: a token bucket for each caller. One that was idle may send `count` at once, and then one at each
/// share of the period.
pub(in crate::api) struct RateLimit {
    rate: Rate,
    began: Instant,
    tables: [Table; 2],
}

struct Table {
    hasher: RandomState,
    /// Microseconds at which the callers of a cell have earned all that they sent.
    cells: Box<[AtomicU64]>,
}

impl RateLimit {
    /// A limit of this rate.
    pub(in crate::api) fn new(rate: Rate) -> Self {
        let table =
            || Table { hasher: RandomState::new(), cells: (0..CELLS).map(|_| AtomicU64::new(0)).collect() };
        Self { rate, began: Instant::now(), tables: [table(), table()] }
    }

    /// Takes one request of this caller, or refuses it with the time to wait.
    pub(in crate::api) fn take(&self, caller: &[u8], what: &str) -> Result<(), Problem> {
        self.take_at(caller, self.began.elapsed()).map_err(|wait| {
            let seconds = wait.as_secs() + 1;
            let detail = format!("this {what} sends more than {} requests; wait {seconds} s", self.rate);
            Problem::new(Kind::TOO_MANY_REQUESTS, detail).with_header(RETRY_AFTER, seconds.into())
        })
    }

    fn take_at(&self, caller: &[u8], now: Duration) -> Result<(), Duration> {
        let taken = self.tables.each_ref().map(|table| table.take(caller, self.rate, now));
        match taken {
            [Err(one), Err(other)] => Err(one.min(other)),
            _ => Ok(()),
        }
    }
}

impl Table {
    /// Takes one request, or returns the time until one is earned.
    fn take(&self, caller: &[u8], rate: Rate, now: Duration) -> Result<(), Duration> {
        let place = usize::try_from(self.hasher.hash_one(caller) % CELLS as u64).unwrap_or_default();
        let (now, period) = (micros(now), micros(rate.per()));
        let share = period / u64::from(rate.count());
        let step = |earned_at: u64| {
            let next = earned_at.max(now) + share;
            (next <= now + period).then_some(next)
        };
        let cell = &self.cells[place];
        match cell.fetch_update(Ordering::Relaxed, Ordering::Relaxed, step) {
            Ok(_) => Ok(()),
            Err(earned_at) => Err(Duration::from_micros((earned_at + share).saturating_sub(now + period))),
        }
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX / 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_caller_sends_a_burst_and_then_its_share() {
        let limit = RateLimit::new("3/3s".parse().unwrap());
        let take =
            |caller: &str, millis| limit.take_at(caller.as_bytes(), Duration::from_millis(millis)).is_ok();
        assert!(take("a", 0) && take("a", 0) && take("a", 0));
        assert!(!take("a", 0), "the burst is used up");
        assert!(take("b", 0), "another caller is not");
        assert!(!take("a", 999) && take("a", 1_000) && !take("a", 1_000));
        assert_eq!(limit.take_at(b"a", Duration::from_millis(1_000)), Err(Duration::from_secs(1)));
        assert!(take("a", 60_000) && take("a", 60_000) && take("a", 60_000) && !take("a", 60_000));
    }

    #[test]
    fn a_refusal_says_how_long_to_wait() {
        let limit = RateLimit::new("1/10s".parse().unwrap());
        limit.take(b"a", "token").unwrap();
        let problem = limit.take(b"a", "token").unwrap_err();
        assert!(problem.detail().contains("more than 1/10s requests"), "{}", problem.detail());
        assert_eq!(problem.status().as_u16(), 429);
    }
}
