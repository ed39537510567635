//! Whether the disk has room for more.
//!
//! sled cannot be opened on a full disk, and a write that fails costs a reopening. So new data is
//! refused while there is still room to finish the work that is there.

use std::fs::File;
use std::io::ErrorKind;

use crate::ports::StorageError;

/// What is kept free: eight of sled's segments, so that jobs already accepted can be claimed and
/// settled a good while, and the next open can write its snapshot.
const RESERVE_BYTES: u64 = 64 << 20;

/// Whether the disk of this file has more than the reserve. A system that cannot say counts as one
/// that has: the write itself will tell.
pub fn is_left(file: &File) -> bool {
    rustix::fs::fstatvfs(file)
        .map_or(true, |disk| disk.f_bavail.saturating_mul(disk.f_frsize) > RESERVE_BYTES)
}

/// What new data is told while the reserve is kept.
pub fn is_kept() -> StorageError {
    StorageError::Full("what room is left is kept for the jobs that are there".to_owned())
}

/// Whether a write failed for want of room: on the disk, in a quota, or below the largest size of a file.
pub fn is_missing(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge)
}

#[cfg(test)]
mod tests {
    use std::io::Error;

    use super::*;

    #[test]
    fn want_of_room_is_told_from_a_failing_disk() {
        let kind = |code: rustix::io::Errno| Error::from(code).kind();
        for full in [rustix::io::Errno::NOSPC, rustix::io::Errno::DQUOT, rustix::io::Errno::FBIG] {
            assert!(is_missing(kind(full)), "{full}");
        }
        for failing in [rustix::io::Errno::IO, rustix::io::Errno::NODEV, rustix::io::Errno::ROFS] {
            assert!(!is_missing(kind(failing)), "{failing}");
        }
    }
}
