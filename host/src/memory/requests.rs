//! The memory budget of requests, from their first byte to the response.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::domain::ByteSize;
use crate::metering::catalog::{REQUEST_MEMORY, REQUEST_MEMORY_BUDGET, REQUESTS_REFUSED};
use crate::ports::Budget;

/// Most memory of a small request, as a part of the budget, and the part that is reserved for small ones, so that they
/// get through while a few large ones take their time.
const SMALL_PART: u64 = 64;
const FOR_SMALL_PART: u64 = 4;

/// Most charge of one request, as a part of the budget. Two such parts exceed the budget of large ones.
const LARGEST_PART: u64 = 2;

/// Memory for all requests together.
pub struct RequestMemory {
    budget: u64,
    used: Mutex<u64>,
}

impl RequestMemory {
    /// A budget of this size.
    pub fn new(budget: ByteSize) -> Self {
        REQUEST_MEMORY_BUDGET.set(budget.0 as f64);
        REQUEST_MEMORY.set(0.0);
        Self { budget: budget.0, used: Mutex::default() }
    }

    fn used(&self) -> MutexGuard<'_, u64> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Budget for RequestMemory {
    fn take(&self, held: u64, bytes: u64) -> bool {
        let mut used = self.used();
        let is_small = held.saturating_add(bytes) <= self.budget / SMALL_PART;
        let room = if is_small { self.budget } else { self.budget - self.budget / FOR_SMALL_PART };
        let fits = used.saturating_add(bytes) <= room || *used == held;
        if fits {
            *used += bytes;
            REQUEST_MEMORY.set(*used as f64);
        } else {
            REQUESTS_REFUSED.with(["memory"]).increment(1);
        }
        fits
    }

    fn give_back(&self, bytes: u64) {
        let mut used = self.used();
        *used = used.saturating_sub(bytes);
        REQUEST_MEMORY.set(*used as f64);
    }

    /// The largest charge of a request. The largest allowed request may need more than the whole budget; with this charge
    /// it runs beside small ones, and never together with another one like it.
    fn charged_max(&self) -> u64 {
        self.budget / LARGEST_PART
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::ports::Share;

    const KIB: u64 = 1024;

    fn shares<const COUNT: usize>(budget: u64) -> [Share; COUNT] {
        let budget: Arc<dyn Budget> = Arc::new(RequestMemory::new(ByteSize::kib(budget)));
        std::array::from_fn(|_| Share::of(Arc::clone(&budget)))
    }

    #[test]
    fn all_requests_together_have_a_bound_and_one_alone_has_none() {
        let [mut one, mut other] = shares(100);
        assert!(one.grow(40 * KIB) && other.grow(35 * KIB));
        assert!(!one.grow(2 * KIB) && !other.grow(2 * KIB));
        one.shrink(30 * KIB);
        assert!(other.grow(15 * KIB));
        drop(one);
        assert!(other.grow(1_000 * KIB));
    }

    #[test]
    fn a_request_larger_than_the_budget_has_its_turn_beside_small_ones() {
        let [mut small, mut largest, mut second] = shares(128);
        assert!(small.grow(KIB));
        assert!(largest.grow(60 * KIB) && largest.grow(1_000 * KIB) && largest.grow(1_000 * KIB));
        assert!(!second.grow(1_000 * KIB), "there is no room for two of them");
        assert!(small.grow(KIB), "and for small ones there is");
        drop(largest);
        assert!(second.grow(1_000 * KIB));
    }

    #[test]
    fn small_requests_find_room_while_large_ones_take_their_time() {
        let [mut large, mut larger, mut third, mut small] = shares(128);
        assert!(large.grow(64 * KIB) && larger.grow(32 * KIB) && !third.grow(10 * KIB));
        assert!(small.grow(2 * KIB) && !small.grow(2 * KIB), "only as long as it is small");
    }
}
