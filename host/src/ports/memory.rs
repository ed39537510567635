//! Memory that many share, so that its sum has a bound.

use std::fmt;
use std::sync::Arc;

/// A number of bytes that many holders share.
///
/// One holder alone always has room: what it needs is bounded elsewhere, and it must get on however small the
/// budget is.
pub trait Budget: Send + Sync {
    /// Takes `bytes` more for a holder that has `held` of the budget. Returns false, and takes nothing, if
    /// there is no room.
    fn take(&self, held: u64, bytes: u64) -> bool;

    /// Returns what was taken.
    fn give_back(&self, bytes: u64);

    /// The most that one holder is charged, in bytes: so it gets on beside others too, whatever it needs beyond.
    fn charged_max(&self) -> u64 {
        u64::MAX
    }
}

/// The share of one holder of a budget. Dropping it returns all of it.
pub struct Share {
    budget: Arc<dyn Budget>,
    held: u64,
}

impl Share {
    /// Nothing of this budget so far.
    pub fn of(budget: Arc<dyn Budget>) -> Self {
        Self { budget, held: 0 }
    }

    /// Takes so much more, up to what one holder is charged. Returns false, and keeps what it has, if there is no
    /// room.
    #[must_use]
    pub fn grow(&mut self, bytes: u64) -> bool {
        let bytes = bytes.min(self.budget.charged_max().saturating_sub(self.held));
        let grown = bytes == 0 || self.budget.take(self.held, bytes);
        if grown {
            self.held += bytes;
        }
        grown
    }

    /// Returns what is beyond so much.
    pub fn keep(&mut self, bytes: u64) {
        self.shrink(self.held.saturating_sub(bytes));
    }

    /// Returns so much of it.
    pub fn shrink(&mut self, bytes: u64) {
        let bytes = bytes.min(self.held);
        self.held -= bytes;
        if bytes > 0 {
            self.budget.give_back(bytes);
        }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.shrink(self.held);
    }
}

impl fmt::Debug for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Share({} bytes)", self.held)
    }
}

/// The memory of this host.
pub trait Memory: Send + Sync {
    /// Whether one more attempt may start: the host uses less than its budget.
    fn has_room(&self) -> bool;
}
