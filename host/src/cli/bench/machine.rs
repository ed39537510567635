//! Measurements of processes and of the disk.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime};

/// The number of syncs to measure.
const SYNCS: usize = 201;

/// The bytes to append before each sync.
const SYNC_BYTES: usize = 4096;

/// The unit in which Linux counts the CPU time of processes, whatever its own clock.
const TICK: Duration = Duration::from_millis(10);

/// The CPU time of a process so far, in user and system mode. Only on Linux.
pub(super) fn cpu_time(process: u32) -> Option<Duration> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name of the program may contain anything; behind its bracket follows field 3, the state.
    let (_, fields) = stat.rsplit_once(')')?;
    let ticks = fields.split_whitespace().skip(11).take(2).map(|field| field.parse::<u32>().ok());
    Some(TICK * ticks.sum::<Option<u32>>()?)
}

/// The memory of a process that is resident and no other's: pages that it shares with files, such as its own program,
/// or the data of plugins that no guest has written to, are left out.
pub(super) fn resident_bytes(process: u32) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let bytes = |field: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(field))?;
        let kib: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
        Some(kib * 1024)
    };
    Some(bytes("RssAnon:")? + bytes("RssShmem:")?)
}

/// The size of all files below a directory, in bytes.
pub(super) fn bytes_below(dir: &Path) -> std::io::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let about = entry.metadata()?;
        bytes += if about.is_dir() { bytes_below(&entry.path())? } else { about.len() };
    }
    Ok(bytes)
}

/// The median time of an `fdatasync` of 4 KiB appended to a file in this directory.
pub(super) fn sync_time(dir: &Path) -> std::io::Result<Duration> {
    let path = dir.join("sync-probe");
    let mut file = File::create(&path)?;
    let mut times = Vec::with_capacity(SYNCS);
    for _ in 0..SYNCS {
        file.write_all(&[1; SYNC_BYTES])?;
        let began = Instant::now();
        file.sync_data()?;
        times.push(began.elapsed());
    }
    fs::remove_file(path)?;
    times.sort();
    Ok(times[SYNCS / 2])
}

/// The time since the Unix epoch, by the clock that guests on this machine read.
pub(super) fn unix_time() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_process_has_memory_and_takes_time() {
        let own = std::process::id();
        assert!(resident_bytes(own).unwrap() > 100_000);
        let before = cpu_time(own).unwrap();
        let began = Instant::now();
        while began.elapsed() < 5 * TICK {}
        assert!(cpu_time(own).unwrap() > before);
    }

    #[test]
    fn files_count_wherever_they_lie() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("a")).unwrap();
        fs::write(dir.path().join("a/b"), [0; 10]).unwrap();
        fs::write(dir.path().join("c"), [0; 5]).unwrap();
        assert_eq!(bytes_below(dir.path()).unwrap(), 15);
        assert!(sync_time(dir.path()).unwrap() > Duration::ZERO);
    }
}
