//! The memory that the system reports. The only place that reads `/proc` and `/sys` for it.

use std::fs;
use std::path::Path;

use super::texts;

/// Resident memory of this process in bytes; `None` if the system does not report it.
pub fn resident_bytes() -> Option<u64> {
    let pages = texts::resident_pages(&fs::read_to_string("/proc/self/statm").ok()?)?;
    Some(pages.saturating_mul(rustix::param::page_size() as u64))
}

/// Memory available to this process in bytes: that of the machine, or the limit of a control group (of either version).
/// `None` if the system does not report it.
pub fn available_bytes() -> Option<u64> {
    let machine = read("/proc/meminfo").and_then(|text| texts::total_bytes(&text));
    let limits = read("/proc/self/cgroup").map(|text| texts::limit_files(&text)).unwrap_or_default();
    let groups = limits.iter().filter_map(|path| texts::limit_bytes(&read(path)?));
    machine.into_iter().chain(groups).min()
}

fn read(path: impl AsRef<Path>) -> Option<String> {
    fs::read_to_string(path).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_a_size_and_it_fits_into_the_machine() {
        let (resident, available) = (resident_bytes().unwrap(), available_bytes().unwrap());
        assert!(0 < resident && resident < available, "{resident} of {available}");
    }
}
