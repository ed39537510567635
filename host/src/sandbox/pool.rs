//! The numbers of the pooling allocator, and what each costs. It reads what the kernel offers.

use std::fs;

use wasmtime::{Enabled, Engine, PoolingAllocationConfig};

use crate::domain::{ByteSize, Limits};

/// Inspections of uploads at the same time, beside the attempts.
pub(super) const INSPECTIONS_MAX: u32 = 2;

/// Core instances of one component. A plugin in Rust has three to five, one of Python around forty.
pub(super) const CORE_INSTANCES_PER_COMPONENT: u32 = 200;

/// Tables of one component. Two are usual: the module's own, and that of the shim between it and the host.
pub(super) const TABLES_PER_COMPONENT: u32 = 8;

/// Memories of one component. One is usual; composed components have one each.
pub(super) const MEMORIES_PER_COMPONENT: u32 = 4;

/// Elements of one table, one for each function that is called by pointer: enough for an interpreter.
const TABLE_ELEMENTS: usize = 64 * 1024;

/// The most that stays in memory of a slot that was used, for the next attempt to find warm. After a rush
/// the host keeps at most this much for each slot that the rush had used.
pub(super) const KEEP_RESIDENT_MAX: ByteSize = ByteSize::mib(2);

/// The least: what a small plugin in Rust writes to. It is also what stays where the kernel cannot tell which
/// pages were written: all of it is cleared at every reset, so more would cost more time than it saves.
pub(super) const KEEP_RESIDENT_MIN: ByteSize = ByteSize::kib(64);

/// Table memory that stays; tables of small plugins fit in.
const TABLE_KEEP_RESIDENT_BYTES: usize = 64 * 1024;

/// Memory mappings of one slot whose memory maps the image of its data: two for its stack, made with the pool, and
/// four for its memory, as measured. The pool has no more memories than slots, so a guest with several takes those
/// of others. Ten thousand slots fit into the 65530 mappings of an untouched Linux.
const MAPPINGS_WITH_IMAGE: u64 = 6;

/// Mappings that the rest of the process needs.
const MAPPINGS_OF_HOST: u64 = 4_000;

/// The pool for so many attempts. Every number reserves address space; none costs memory before use.
pub(super) fn config(attempts: usize, keep_resident: ByteSize) -> PoolingAllocationConfig {
    let slots = slots(attempts);
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(slots)
        // A counter only.
        .total_core_instances(slots.saturating_mul(CORE_INSTANCES_PER_COMPONENT))
        // 4 GiB of address space each, so that compiled code needs no bounds checks: 40 TiB of the
        // 128 TiB that a process has, for ten thousand.
        .total_memories(slots)
        .max_memories_per_component(MEMORIES_PER_COMPONENT)
        // Of each memory so much can be used; a grant cannot ask for more.
        .max_memory_size(Limits::MAX.memory.as_usize())
        // 512 KiB of address space each.
        .total_tables(slots.saturating_mul(2))
        .max_tables_per_component(TABLES_PER_COMPONENT)
        .max_tables_per_module(TABLES_PER_COMPONENT)
        .table_elements(TABLE_ELEMENTS)
        // 2 MiB of address space each.
        .total_stacks(slots)
        .max_core_instances_per_component(CORE_INSTANCES_PER_COMPONENT)
        // Bounds on what the host keeps of an instance, allocated as needed.
        .max_component_instance_size(4 * 1024 * 1024)
        .table_keep_resident(TABLE_KEEP_RESIDENT_BYTES);
    if may_scan_pages() {
        pool.pagemap_scan(Enabled::Auto).linear_memory_keep_resident(keep_resident.as_usize());
    } else {
        pool.linear_memory_keep_resident(KEEP_RESIDENT_MIN.as_usize());
    }
    pool
}

/// Bytes that the pool holds in memory of free slots. The next attempts take it over.
pub(super) fn unused_resident_bytes(engine: &Engine) -> u64 {
    let Some(pool) = engine.pooling_allocator_metrics() else { return 0 };
    (pool.unused_memory_bytes_resident() + pool.unused_table_bytes_resident()) as u64
}

/// Whether there are mappings enough for every memory to map the image of its initial data instead of
/// copying it: a seventh quicker for a plugin in Rust, and more for one that brings an interpreter.
pub(super) fn has_mappings_for_images(attempts: usize) -> bool {
    let Some(mappings) = read_number("/proc/sys/vm/max_map_count") else { return false };
    u64::from(slots(attempts)).saturating_mul(MAPPINGS_WITH_IMAGE).saturating_add(MAPPINGS_OF_HOST)
        <= mappings
}

/// The slots of a pool for so many attempts: inspections of uploads take some beside them.
fn slots(attempts: usize) -> u32 {
    u32::try_from(attempts).unwrap_or(u32::MAX).saturating_add(INSPECTIONS_MAX)
}

/// Whether the kernel may be asked which pages a guest wrote. This version of wasmtime overlooks a
/// page that was written and then swapped out, so that the next guest could read it: never with swap.
fn may_scan_pages() -> bool {
    fs::read_to_string("/proc/swaps").is_ok_and(|swaps| !names_a_swap(&swaps))
}

/// Reads `/proc/swaps`: a headline, and then a line for each swap.
fn names_a_swap(swaps: &str) -> bool {
    swaps.lines().skip(1).any(|line| !line.trim().is_empty())
}

fn read_number(path: &str) -> Option<u64> {
    fs::read_to_string(path).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_swap_is_a_line_after_the_headline() {
        let headline = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n";
        assert!(!names_a_swap(headline));
        assert!(names_a_swap(&format!("{headline}/dev/zram0  partition  100  0  -2\n")));
    }
}
