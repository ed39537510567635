//! Memory, tables and instances of one attempt: counted over everything it creates, refused beyond.

use wasmtime::ResourceLimiter;

use super::pool::{CORE_INSTANCES_PER_COMPONENT, MEMORIES_PER_COMPONENT, TABLES_PER_COMPONENT};
use crate::domain::ByteSize;

/// Table elements of one attempt; each is a pointer in the host.
const TABLE_ELEMENTS_MAX: usize = 256 * 1024;

/// What an attempt may create, and what it has.
pub(super) struct Bounds {
    memory_max: usize,
    memory: usize,
    memory_peak: usize,
    memory_refused: bool,
    /// What the growth that was allowed last added, to take back if it fails.
    memory_added: usize,
    table_elements: usize,
}

impl Bounds {
    pub(super) fn new(memory_max: ByteSize) -> Self {
        Self {
            memory_max: memory_max.as_usize(),
            memory: 0,
            memory_peak: 0,
            memory_refused: false,
            memory_added: 0,
            table_elements: 0,
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
        self.memory = total;
        self.memory_added = added;
        self.memory_peak = self.memory_peak.max(total);
        Ok(true)
    }

    fn memory_grow_failed(&mut self, _: wasmtime::Error) -> wasmtime::Result<()> {
        self.memory_refused = true;
        self.memory -= std::mem::take(&mut self.memory_added);
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
    use super::*;

    #[test]
    fn the_sum_over_all_memories_is_limited_and_its_peak_remembered() {
        let mut bounds = Bounds::new(ByteSize(300));
        assert!(bounds.memory_growing(0, 200, None).unwrap());
        assert!(!bounds.memory_refused());
        assert!(!bounds.memory_growing(0, 200, None).unwrap(), "a second memory counts too");
        assert!(bounds.memory_refused());
        assert_eq!(bounds.memory_peak_bytes(), 200);
    }

    #[test]
    fn a_growth_that_failed_is_taken_back() {
        let mut bounds = Bounds::new(ByteSize(300));
        assert!(bounds.memory_growing(0, 200, None).unwrap());
        bounds.memory_grow_failed(wasmtime::format_err!("no memory")).unwrap();
        assert!(bounds.memory_growing(0, 300, None).unwrap());
    }

    #[test]
    fn table_elements_are_limited_over_all_tables() {
        let mut bounds = Bounds::new(ByteSize(0));
        assert!(bounds.table_growing(0, TABLE_ELEMENTS_MAX, None).unwrap());
        assert!(!bounds.table_growing(0, 1, None).unwrap());
    }
}
