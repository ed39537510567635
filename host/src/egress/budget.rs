//! How many bytes a connection may bring beside the bodies that it delivers.
//!
//! A server can keep the host busy with bytes that no limit of an answer counts: interim answers without end,
//! chunks of one byte, empty TLS records. So every byte is charged where it is read from the socket, and
//! what reaches the guest pays for its own way. What is left over is bounded for each answer.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

/// Bytes beside the body of one answer: its head, the frames of chunks and TLS, and what is read ahead, which
/// is several buffers of [`BUFFER_BYTES_MAX`].
pub(super) const OVERHEAD_BYTES_MAX: u32 = 256 * 1024;

/// The buffer of a connection, and so the largest head of an answer.
pub(super) const BUFFER_BYTES_MAX: usize = 64 * 1024;

/// Of so many delivered bytes, one more is allowed for: TLS adds one to about seven hundred.
const DELIVERED_PER_OVERHEAD: i64 = 16;

/// A connection that brought too much beside its bodies.
#[derive(Debug, thiserror::Error)]
#[error("more than {OVERHEAD_BYTES_MAX} bytes came beside the body")]
pub(super) struct BudgetSpent;

/// The bytes that one connection may still bring. They are a debt below zero: what was read at once beyond the
/// budget stays counted. Clones share them.
#[derive(Clone, Debug)]
pub(super) struct WireBudget(Arc<AtomicI64>);

impl WireBudget {
    pub(super) fn new() -> Self {
        Self(Arc::new(AtomicI64::new(OVERHEAD_BYTES_MAX.into())))
    }

    /// Begins the count of another answer, or of the body after its head.
    pub(super) fn renew(&self) {
        self.0.store(OVERHEAD_BYTES_MAX.into(), Ordering::Relaxed);
    }

    /// Counts bytes that were read from the socket.
    pub(super) fn charge(&self, bytes: usize) {
        self.change(|left| left.saturating_sub(counted(bytes)));
    }

    /// Counts bytes of a body that were delivered.
    pub(super) fn deliver(&self, bytes: usize) {
        let earned = counted(bytes) + counted(bytes) / DELIVERED_PER_OVERHEAD;
        self.change(|left| left.saturating_add(earned).min(OVERHEAD_BYTES_MAX.into()));
    }

    /// Fails once nothing is left.
    pub(super) fn check(&self) -> Result<(), BudgetSpent> {
        if self.0.load(Ordering::Relaxed) > 0 { Ok(()) } else { Err(BudgetSpent) }
    }

    fn change(&self, change: impl Fn(i64) -> i64) {
        // It always has a next value.
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| Some(change(left)));
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
        let budget = WireBudget::new();
        for _ in 0..1_000 {
            budget.charge(16 * 1024 + 22);
            budget.deliver(16 * 1024);
        }
        assert!(budget.check().is_ok(), "full TLS records");
        let chunks = (0..).take_while(|_| {
            budget.charge(6);
            budget.deliver(1);
            budget.check().is_ok()
        });
        assert_eq!(chunks.count(), OVERHEAD_BYTES_MAX as usize / 5, "chunks of one byte");
        budget.renew();
        assert!(budget.check().is_ok());
    }
}
