//! The budget of the whole host: attempts start, and guests grow, while it uses less.

use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::domain::ByteSize;
use crate::metering::catalog::{MEMORY_BUDGET, MEMORY_GUESTS, MEMORY_RESIDENT};
use crate::ports::{Budget, Memory};

/// The memory of a host at the last measurement, and the charges of its guests since.
///
/// Charges of guests count at once, even if they have not written to the memory; everything else counts when the system
/// reports it.
pub struct HostMemory {
    budget: u64,
    usage: Mutex<Usage>,
}

#[derive(Default)]
struct Usage {
    /// Present charges of guests.
    guests: u64,
    /// Memory of the host at the last measurement, and the charges of its guests then.
    seen: u64,
    guests_then: u64,
}

impl Usage {
    /// Most memory to use.
    fn bytes(&self) -> u64 {
        let since = self.seen.saturating_add(self.guests).saturating_sub(self.guests_then);
        since.max(self.guests)
    }
}

impl HostMemory {
    /// A host with this much memory.
    pub fn new(budget: ByteSize) -> Self {
        MEMORY_BUDGET.set(budget.0 as f64);
        Self { budget: budget.0, usage: Mutex::default() }
    }

    /// Records the memory of the process, and the part of it that the next attempts reuse.
    pub fn observe(&self, resident: u64, reusable: u64) {
        let mut usage = self.usage();
        usage.seen = resident.saturating_sub(reusable);
        usage.guests_then = usage.guests;
        MEMORY_RESIDENT.set(resident as f64);
    }

    fn usage(&self) -> MutexGuard<'_, Usage> {
        self.usage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Memory for HostMemory {
    fn has_room(&self) -> bool {
        self.usage().bytes() < self.budget
    }
}

impl Budget for HostMemory {
    fn take(&self, held: u64, bytes: u64) -> bool {
        let mut usage = self.usage();
        let is_alone = usage.guests == held;
        let fits = usage.bytes().saturating_add(bytes) <= self.budget;
        if fits || is_alone {
            usage.guests += bytes;
            MEMORY_GUESTS.set(usage.guests as f64);
        }
        fits || is_alone
    }

    fn give_back(&self, bytes: u64) {
        let mut usage = self.usage();
        usage.guests = usage.guests.saturating_sub(bytes);
        MEMORY_GUESTS.set(usage.guests as f64);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::ports::Share;

    const MIB: u64 = 1 << 20;

    fn memory(budget: u64) -> Arc<HostMemory> {
        Arc::new(HostMemory::new(ByteSize::mib(budget)))
    }

    fn share(memory: &Arc<HostMemory>) -> Share {
        Share::of(Arc::clone(memory) as Arc<dyn Budget>)
    }

    #[test]
    fn attempts_start_while_the_host_uses_less_than_its_budget() {
        let memory = memory(100);
        memory.observe(99 * MIB, 0);
        assert!(memory.has_room());
        memory.observe(100 * MIB, 0);
        assert!(!memory.has_room());
        memory.observe(130 * MIB, 31 * MIB);
        assert!(memory.has_room(), "what the next attempt takes over is room");
    }

    #[test]
    fn a_growth_without_room_is_refused_until_others_give_back() {
        let memory = memory(100);
        memory.observe(50 * MIB, 0);
        let (mut one, mut other) = (share(&memory), share(&memory));
        assert!(one.grow(30 * MIB) && other.grow(20 * MIB));
        assert!(!one.grow(MIB) && !memory.has_room());
        drop(other);
        assert!(one.grow(20 * MIB));
    }

    #[test]
    fn what_guests_took_and_have_written_to_is_not_counted_twice() {
        let memory = memory(100);
        memory.observe(50 * MIB, 0);
        let (mut one, mut other) = (share(&memory), share(&memory));
        assert!(one.grow(40 * MIB));
        memory.observe(90 * MIB, 0);
        assert!(other.grow(10 * MIB) && !other.grow(1));
        memory.observe(60 * MIB, 0);
        assert!(other.grow(40 * MIB) && !other.grow(1), "the rest was taken and not yet written to");
    }

    #[test]
    fn one_guest_alone_may_grow_however_much_the_host_uses() {
        let memory = memory(100);
        memory.observe(200 * MIB, 0);
        let (mut one, mut other) = (share(&memory), share(&memory));
        assert!(one.grow(MIB) && one.grow(MIB) && !other.grow(MIB));
    }
}
