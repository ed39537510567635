//! Parsing of the files in which Linux reports memory. Pure: it reads no file.

use std::path::{Path, PathBuf};

/// The mount point of control groups.
const GROUPS: &str = "/sys/fs/cgroup";

/// The second number of `/proc/self/statm`: pages in memory.
pub(super) fn resident_pages(statm: &str) -> Option<u64> {
    statm.split_whitespace().nth(1)?.parse().ok()
}

/// `MemTotal` of `/proc/meminfo`, which is in KiB.
pub(super) fn total_bytes(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    kib.checked_mul(1024)
}

/// The files that may limit a process with this `/proc/self/cgroup`: those of its group and of its ancestors. A line is
/// `number:controllers:path`; version 2 has number 0 and no controllers. In a container the path may be that of the
/// machine outside, so that the root of the mount counts as well.
pub(super) fn limit_files(cgroup: &str) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for line in cgroup.lines() {
        let mut parts = line.splitn(3, ':');
        let (Some(_), Some(controllers), Some(path)) = (parts.next(), parts.next(), parts.next()) else {
            continue;
        };
        let (root, name) = if controllers.is_empty() {
            (PathBuf::from(GROUPS), "memory.max")
        } else if controllers.split(',').any(|controller| controller == "memory") {
            (Path::new(GROUPS).join("memory"), "memory.limit_in_bytes")
        } else {
            continue;
        };
        let own = Path::new(path.trim_start_matches('/'));
        files.extend(own.ancestors().map(|group| root.join(group).join(name)));
    }
    files
}

/// The limit in such a file: a number of bytes, or `max`, for which version 1 writes a number beyond any machine.
pub(super) fn limit_bytes(text: &str) -> Option<u64> {
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_texts_of_proc_are_read() {
        assert_eq!(resident_pages("81232 5123 3456 700 0 9999 0\n"), Some(5123));
        let meminfo = "MemTotal:       24683044 kB\nMemFree:        21651000 kB\n";
        assert_eq!(total_bytes(meminfo), Some(24_683_044 * 1024));
        for nonsense in ["", "x", "MemFree: kB"] {
            assert_eq!((resident_pages(nonsense), total_bytes(nonsense)), (None, None), "{nonsense}");
        }
    }

    #[test]
    fn a_limit_of_any_group_around_the_process_counts_in_both_versions() {
        let files =
            |text: &str| limit_files(text).iter().map(|path| path.display().to_string()).collect::<Vec<_>>();
        assert_eq!(
            files("0::/system.slice/taskbox.service\n"),
            [
                "/sys/fs/cgroup/system.slice/taskbox.service/memory.max",
                "/sys/fs/cgroup/system.slice/memory.max",
                "/sys/fs/cgroup/memory.max"
            ]
        );
        assert_eq!(files("0::/\n"), ["/sys/fs/cgroup/memory.max"]);
        assert_eq!(
            files("5:cpu,cpuacct:/a\n9:memory:/a\nnonsense\n"),
            ["/sys/fs/cgroup/memory/a/memory.limit_in_bytes", "/sys/fs/cgroup/memory/memory.limit_in_bytes"]
        );
        assert_eq!((limit_bytes("2147483648\n"), limit_bytes("max\n")), (Some(1 << 31), None));
    }
}
