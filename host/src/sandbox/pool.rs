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

/// Memory mappings of one slot whose memory is copied into: two for its stack, made with the pool, and three for its
/// memory, which ends where that of one plugin ends and where that of another one ended. The pool has no more memories
/// than slots, so a guest with several takes those of others. Ten thousand slots fit into the 65530 mappings of an
/// untouched Linux.
const MAPPINGS_WITHOUT_IMAGE: u64 = 5;

/// Memory mappings of one slot whose memory maps the image of its data. It has six for its first plugin, and stays split
/// where the image of each other plugin began and ended: eleven, as measured, after plugins in three languages.
const MAPPINGS_WITH_IMAGE: u64 = 12;

/// Mappings that the rest of the process needs.
const MAPPINGS_OF_HOST: u64 = 4_000;

/// Mappings of a process where the system does not say: those of an untouched Linux.
const MAPPINGS_UNKNOWN: u64 = 65_530;

/// The least slots of a second pool, out of the mappings of the host: a component with much initial data is always
/// compiled to map it, whatever the settings.
const LARGE_MIN: u64 = 16;

/// How the mappings of the process are divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Division {
    /// Whether there are enough for every memory to map the image of its initial data instead of copying it: a seventh
    /// quicker for a plugin in Rust, and several times as quick for one that brings an interpreter.
    pub(super) images: bool,
    /// Attempts in a second pool, whose memories do so, for plugins with much initial data; none where they can all run
    /// in the first.
    pub(super) large: usize,
    /// Mappings with which there would be enough for every memory.
    pub(super) wanted: u64,
}

/// Divides the mappings of this process, for so many attempts.
pub(super) fn divide(attempts: usize) -> Division {
    divided(attempts, read_number("/proc/sys/vm/max_map_count").unwrap_or(MAPPINGS_UNKNOWN))
}

fn divided(attempts: usize, mappings: u64) -> Division {
    let all = u64::from(slots(attempts));
    let left = |each: u64| mappings.saturating_sub(MAPPINGS_OF_HOST).saturating_sub(all.saturating_mul(each));
    let wanted = all.saturating_mul(MAPPINGS_WITH_IMAGE).saturating_add(MAPPINGS_OF_HOST);
    if wanted <= mappings {
        return Division { images: true, large: 0, wanted };
    }
    let large = (left(MAPPINGS_WITHOUT_IMAGE) / MAPPINGS_WITH_IMAGE).saturating_sub(INSPECTIONS_MAX.into());
    let large = usize::try_from(large.max(LARGE_MIN)).unwrap_or(attempts).min(attempts);
    Division { images: false, large, wanted }
}

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
    fn images_are_for_all_where_mappings_are_plenty_and_else_for_as_many_as_are_left() {
        let of = |attempts, mappings| {
            let Division { images, large, .. } = divided(attempts, mappings);
            (images, large)
        };
        assert_eq!(of(5_000, 65_530), (true, 0));
        assert_eq!(of(10_000, 1_048_576), (true, 0));
        assert_eq!(of(10_000, 65_530), (false, 958));
        assert_eq!(of(12_000, 65_530), (false, 124));
        assert_eq!(of(100, 5_000), (false, 38));
        assert_eq!(of(1, 4_000), (false, 1));
        assert_eq!(of(100_000, 65_530), (false, 16));
    }

    #[test]
    fn what_is_divided_is_never_more_than_there_is() {
        for attempts in [1, 2, 100, 5_125, 5_126, 10_000, 11_000, 12_200, 12_306, 50_000] {
            let Division { images, large, wanted } = divided(attempts, 65_530);
            assert!(divided(attempts, wanted).images);
            let each = if images { MAPPINGS_WITH_IMAGE } else { MAPPINGS_WITHOUT_IMAGE };
            let second = if large > 0 { u64::from(slots(large)) * MAPPINGS_WITH_IMAGE } else { 0 };
            let used = u64::from(slots(attempts)) * each + second + MAPPINGS_OF_HOST;
            assert!(used <= 65_530 || large as u64 == LARGE_MIN, "{attempts} attempts: {used}");
        }
    }

    #[test]
    fn a_swap_is_a_line_after_the_headline() {
        let headline = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n";
        assert!(!names_a_swap(headline));
        assert!(names_a_swap(&format!("{headline}/dev/zram0  partition  100  0  -2\n")));
    }
}
