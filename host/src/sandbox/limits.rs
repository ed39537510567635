//! Memory, tables and instances of one attempt: counted over everything it creates, refused beyond.

use wasmtime::ResourceLimiter;

use super::pool::{CORE_INSTANCES_PER_COMPONENT, MEMORIES_PER_COMPONENT, TABLES_PER_COMPONENT};
use crate::domain::ByteSize;
use crate::ports::Share;

/// Table elements of one attempt; each is a pointer in the host.
const TABLE_ELEMENTS_MAX: usize = 256 * 1024;

/// Linear memory of an attempt that is not charged to the host's budget: what plugins in Rust need. It counts
/// as the system sees it, in the host's own size.
const UNCHARGED_BYTES: usize = 2 * 1024 * 1024;

/// Ends an attempt whose memory grows when the host has none left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the host has no memory left")]
pub(super) struct HostMemoryOver;

/// What an attempt may create, and what it has.
pub(super) struct Bounds {
    memory_max: usize,
    memory: usize,
    memory_peak: usize,
    memory_refused: bool,
    /// Bytes of the growth that was allowed last, to undo it if it fails.
    memory_added: usize,
    table_elements: usize,
    /// What is charged to the host's budget.
    charged: Share,
}

impl Bounds {
    pub(super) fn new(memory_max: ByteSize, charged: Share) -> Self {
        Self {
            memory_max: memory_max.as_usize(),
            memory: 0,
            memory_peak: 0,
            memory_refused: false,
            memory_added: 0,
            table_elements: 0,
            charged,
        }
    }

    /// The most linear memory there was.
    pub(super) fn memory_peak_bytes(&self) -> u64 {
        u64::try_from(self.memory_peak).unwrap_or(u64::MAX)
    }

    /// Whether a memory was refused. wasmtime has no trap for it: a guest sees the failed growth, and
    /// usually aborts.
    pub(super) fn memory_refused(&self) -> bool {
        self.memory_refused
    }
}

/// Bytes that are charged for so much memory.
fn chargeable(memory: usize) -> u64 {
    memory.saturating_sub(UNCHARGED_BYTES) as u64
}

impl ResourceLimiter for Bounds {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        let added = desired.saturating_sub(current);
        let total = self.memory.saturating_add(added);
        if total > self.memory_max || maximum.is_some_and(|maximum| desired > maximum) {
            self.memory_refused = true;
            return Ok(false);
        }
        if !self.charged.grow(chargeable(total) - chargeable(self.memory)) {
            return Err(HostMemoryOver.into());
        }
        self.memory = total;
        self.memory_added = added;
        self.memory_peak = self.memory_peak.max(total);
        Ok(true)
    }

    fn memory_grow_failed(&mut self, _: wasmtime::Error) -> wasmtime::Result<()> {
        self.memory_refused = true;
        let left = self.memory - std::mem::take(&mut self.memory_added);
        self.charged.shrink(chargeable(self.memory) - chargeable(left));
        self.memory = left;
        Ok(())
    }

    fn table_growing(&mut self, current: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        let total = self.table_elements.saturating_add(desired.saturating_sub(current));
        let allowed = total <= TABLE_ELEMENTS_MAX;
        if allowed {
            self.table_elements = total;
        }
        Ok(allowed)
    }

    fn instances(&self) -> usize {
        CORE_INSTANCES_PER_COMPONENT as usize
    }

    fn tables(&self) -> usize {
        TABLES_PER_COMPONENT as usize
    }

    fn memories(&self) -> usize {
        MEMORIES_PER_COMPONENT as usize
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;
    use crate::ports::Budget;

    /// A budget of so many bytes.
    struct Left(AtomicU64);

    impl Budget for Left {
        fn take(&self, _: u64, bytes: u64) -> bool {
            self.0.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(bytes)).is_ok()
        }

        fn give_back(&self, bytes: u64) {
            self.0.fetch_add(bytes, Ordering::SeqCst);
        }
    }

    fn bounds(memory_max: ByteSize, left: u64) -> (Bounds, Arc<Left>) {
        let budget = Arc::new(Left(left.into()));
        (Bounds::new(memory_max, Share::of(Arc::clone(&budget) as Arc<dyn Budget>)), budget)
    }

    #[test]
    fn the_sum_over_all_memories_is_limited_and_its_peak_remembered() {
        let (mut bounds, _) = bounds(ByteSize(300), 0);
        assert!(bounds.memory_growing(0, 200, None).unwrap());
        assert!(!bounds.memory_refused());
        assert!(!bounds.memory_growing(0, 200, None).unwrap(), "a second memory counts too");
        assert!(bounds.memory_refused());
        assert_eq!(bounds.memory_peak_bytes(), 200);
    }

    #[test]
    fn a_growth_that_failed_is_taken_back() {
        let (mut bounds, _) = bounds(ByteSize(300), 0);
        assert!(bounds.memory_growing(0, 200, None).unwrap());
        bounds.memory_grow_failed(wasmtime::format_err!("no memory")).unwrap();
        assert!(bounds.memory_growing(0, 300, None).unwrap());
    }

    #[test]
    fn what_grows_beyond_the_first_two_mebibytes_is_charged_to_the_host() {
        let (mut bounds, host) = bounds(ByteSize::mib(64), 1_000);
        assert!(bounds.memory_growing(0, UNCHARGED_BYTES, None).unwrap());
        assert!(bounds.memory_growing(0, 900, None).unwrap(), "a second memory counts too");
        assert_eq!(host.0.load(Ordering::SeqCst), 100);
        bounds.memory_grow_failed(wasmtime::format_err!("no memory")).unwrap();
        assert!(bounds.memory_growing(0, 1_000, None).unwrap());
        let error = bounds.memory_growing(0, 1, None).unwrap_err();
        assert!(error.is::<HostMemoryOver>());
        drop(bounds);
        assert_eq!(host.0.load(Ordering::SeqCst), 1_000);
    }

    #[test]
    fn table_elements_are_limited_over_all_tables() {
        let (mut bounds, _) = bounds(ByteSize(0), 0);
        assert!(bounds.table_growing(0, TABLE_ELEMENTS_MAX, None).unwrap());
        assert!(!bounds.table_growing(0, 1, None).unwrap());
    }
}
