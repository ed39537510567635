//! Whether the disk has space for more.
//!
//! sled cannot be opened on a full disk, and a write that fails costs a reopening. So new data is
//! refused while there is still space to finish the work that is there, and then everything, while there
//! is still space for what a commit may write: so the database stays open, and is read.

use std::fs::File;
use std::io::ErrorKind;

use rustix::fs::StatVfs;

use crate::ports::{StorageError, StorageResult};

/// Bytes that are kept free: eight of sled's segments, so that jobs already accepted can be claimed and
/// settled a good while, and the next open can write its snapshot.
const RESERVE_BYTES: u64 = 64 << 20;

/// Bytes that a commit may write: three of sled's segments.
const COMMIT_BYTES: u64 = 24 << 20;

/// The space that there is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DiskSpace {
    /// For anything.
    Plenty,
    /// For the jobs that are there.
    Reserve,
    /// Not for a commit.
    Nothing,
}

/// The space on the disk of this file. A system that cannot say counts as one that has plenty: the
/// write itself will show.
pub fn left(file: &File) -> DiskSpace {
    free_bytes(file).map_or(DiskSpace::Plenty, space_of)
}

/// The free bytes on the disk of this file, if the system says so.
pub fn free_bytes(file: &File) -> Option<u64> {
    let free = |disk: StatVfs| disk.f_bavail.saturating_mul(disk.f_frsize);
    rustix::fs::fstatvfs(file).map(free).ok()
}

fn space_of(free_bytes: u64) -> DiskSpace {
    match free_bytes {
        ..COMMIT_BYTES => DiskSpace::Nothing,
        COMMIT_BYTES..=RESERVE_BYTES => DiskSpace::Reserve,
        _ => DiskSpace::Plenty,
    }
}

impl DiskSpace {
    /// Whether there is space for new jobs.
    pub fn for_new(self) -> StorageResult<()> {
        match self {
            DiskSpace::Plenty => Ok(()),
            DiskSpace::Reserve => {
                Err(StorageError::Full("what space is left is kept for the jobs that are there".to_owned()))
            }
            DiskSpace::Nothing => self.for_commit(),
        }
    }

    /// Whether there is space for any commit.
    pub fn for_commit(self) -> StorageResult<()> {
        match self {
            DiskSpace::Plenty | DiskSpace::Reserve => Ok(()),
            DiskSpace::Nothing => Err(StorageError::Full("there is no space to write anything".to_owned())),
        }
    }
}

/// Whether a write failed for want of space: on the disk, in a quota, or below the largest size of a file.
pub fn is_missing(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge)
}

#[cfg(test)]
mod tests {
    use std::io::Error;

    use super::*;

    #[test]
    fn the_less_room_the_fewer_may_write() {
        let plenty = space_of(RESERVE_BYTES + 1);
        assert!(plenty.for_new().is_ok() && plenty.for_commit().is_ok());
        for reserve in [space_of(RESERVE_BYTES), space_of(COMMIT_BYTES)] {
            assert!(reserve.for_new().is_err() && reserve.for_commit().is_ok());
        }
        let nothing = space_of(COMMIT_BYTES - 1);
        assert!(nothing.for_new().is_err() && nothing.for_commit().is_err());
    }

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
