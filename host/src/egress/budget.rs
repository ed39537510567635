//! The budget of bytes that a connection may bring beside the bodies that it delivers.
//!
//! A server can keep the host busy with bytes that no limit of an answer counts: interim answers without end,
//! chunks of one byte, empty TLS records. So every byte is charged where it is read from the socket, and
//! what reaches the guest pays for its own way. What is left over is bounded, for each answer and over time: a
//! stream of small events may last for days, and none may flood the host.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

/// Bytes beside the body of one answer: its head, the frames of chunks and TLS, and what is read ahead, which
/// is several buffers of [`BUFFER_BYTES_MAX`].
pub(super) const OVERHEAD_BYTES_MAX: u32 = 256 * 1024;

/// The buffer of a connection, and so the largest head of an answer.
pub(super) const BUFFER_BYTES_MAX: usize = 64 * 1024;

/// Time until one more byte is allowed. In a second these are some 16 KiB: the frames of 500 small events.
const TIME_PER_BYTE: Duration = Duration::from_micros(60);

/// Of so many delivered bytes, one more is allowed for: TLS adds one to about seven hundred.
const DELIVERED_PER_OVERHEAD: i64 = 16;

/// A connection that brought too much beside its bodies.
#[derive(Debug, thiserror::Error)]
#[error("more than {OVERHEAD_BYTES_MAX} bytes came beside the body")]
pub(super) struct BudgetSpent;

/// The bytes that one connection may still bring. Clones share them.
#[derive(Clone, Debug)]
pub(super) struct WireBudget(Arc<Mutex<Left>>);

impl WireBudget {
    pub(super) fn new() -> Self {
        Self(Arc::new(Mutex::new(Left::all(Instant::now()))))
    }

    /// Begins the count of another answer, or of the body after its head.
    pub(super) fn renew(&self) {
        *self.lock() = Left::all(Instant::now());
    }

    /// Counts bytes that were read from the socket.
    pub(super) fn charge(&self, bytes: usize) {
        self.lock().charge(bytes);
    }

    /// Counts bytes of a body that were delivered.
    pub(super) fn deliver(&self, bytes: usize) {
        self.lock().deliver(bytes);
    }

    /// Fails once nothing is left.
    pub(super) fn check(&self) -> Result<(), BudgetSpent> {
        let mut left = self.lock();
        left.refill(Instant::now());
        if left.bytes > 0 { Ok(()) } else { Err(BudgetSpent) }
    }

    /// A panic elsewhere leaves numbers behind that are still good.
    fn lock(&self) -> MutexGuard<'_, Left> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is left of a budget.
#[derive(Debug)]
struct Left {
    /// A debt below zero: what was read at once beyond the budget stays counted.
    bytes: i64,
    /// Time up to which bytes were added.
    paid_until: Instant,
}

impl Left {
    fn all(now: Instant) -> Self {
        Self { bytes: OVERHEAD_BYTES_MAX.into(), paid_until: now }
    }

    /// Turns the time that passed into bytes. What is not a whole byte yet stays for the next time.
    fn refill(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.paid_until);
        let earned = u32::try_from(passed.as_nanos() / TIME_PER_BYTE.as_nanos()).unwrap_or(u32::MAX);
        self.paid_until += TIME_PER_BYTE * earned;
        self.add(earned.into());
    }

    fn charge(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_sub(counted(bytes));
    }

    fn deliver(&mut self, bytes: usize) {
        self.add(counted(bytes) + counted(bytes) / DELIVERED_PER_OVERHEAD);
    }

    fn add(&mut self, bytes: i64) {
        self.bytes = self.bytes.saturating_add(bytes).min(OVERHEAD_BYTES_MAX.into());
    }
}

/// One read or frame is a buffer at most.
fn counted(bytes: usize) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_delivered_pays_for_its_way() {
        let now = Instant::now();
        let mut left = Left::all(now);
        for _ in 0..1_000 {
            left.charge(16 * 1024 + 22);
            left.deliver(16 * 1024);
        }
        assert!(left.bytes > 0, "full TLS records");
        let chunks = (0..).take_while(|_| {
            left.charge(6);
            left.deliver(1);
            left.bytes > 0
        });
        assert_eq!(chunks.count(), OVERHEAD_BYTES_MAX as usize / 5, "chunks of one byte");
    }

    /// Number of events of 20 bytes, each in a chunk and a TLS record of its own, that come at this interval before
    /// nothing is left.
    fn events(interval: Duration, most: usize) -> usize {
        let began = Instant::now();
        let mut left = Left::all(began);
        let fits = |&event: &usize| {
            left.refill(began + interval * u32::try_from(event).unwrap());
            left.charge(20 + 6 + 22);
            left.deliver(20);
            left.bytes > 0
        };
        (0..most).take_while(fits).count()
    }

    #[test]
    fn small_events_may_come_for_ever_but_not_faster_than_they_may() {
        let day = 10 * 60 * 60 * 24;
        assert_eq!(events(Duration::from_millis(100), day), day);
        assert_eq!(events(Duration::from_millis(2), day), day);
        assert!((10_000..12_000).contains(&events(Duration::from_micros(100), day)));
    }

    #[test]
    fn time_that_is_too_short_for_a_byte_adds_up_and_no_time_gives_more_than_there_was() {
        let began = Instant::now();
        let mut left = Left::all(began);
        left.charge(OVERHEAD_BYTES_MAX as usize);
        for step in 1..=100 {
            left.refill(began + TIME_PER_BYTE / 3 * step);
        }
        assert_eq!(left.bytes, 33);
        left.refill(began + Duration::from_secs(60 * 60));
        assert_eq!(left.bytes, i64::from(OVERHEAD_BYTES_MAX));
    }
}
