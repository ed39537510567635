//! Whether the disk has room for more.
//!
//! sled cannot be opened on a full disk, and a write that fails costs a reopening. So new data is
//! refused while there is still room to finish the work that is there, and then everything, while there
//! is still room for what a commit may write: so the database stays open, and is read.

use std::fs::File;
use std::io::ErrorKind;

use rustix::fs::StatVfs;

use crate::ports::{StorageError, StorageResult};

/// What is kept free: eight of sled's segments, so that jobs already accepted can be claimed and
/// settled a good while, and the next open can write its snapshot.
const RESERVE_BYTES: u64 = 64 << 20;

/// What a commit may write: three of sled's segments.
const COMMIT_BYTES: u64 = 24 << 20;

/// How much room there is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Room {
    /// For anything.
    Plenty,
    /// For the jobs that are there.
    Reserve,
    /// Not for a commit.
    Nothing,
}

/// How much room the disk of this file has. A system that cannot say counts as one that has plenty: the
/// write itself will tell.
pub fn left(file: &File) -> Room {
    let free = |disk: StatVfs| disk.f_bavail.saturating_mul(disk.f_frsize);
    rustix::fs::fstatvfs(file).map_or(Room::Plenty, |disk| room_of(free(disk)))
}

fn room_of(free_bytes: u64) -> Room {
    match free_bytes {
        ..COMMIT_BYTES => Room::Nothing,
        COMMIT_BYTES..=RESERVE_BYTES => Room::Reserve,
        _ => Room::Plenty,
    }
}

impl Room {
    /// Whether there is room for new jobs.
    pub fn for_new(self) -> StorageResult<()> {
        match self {
            Room::Plenty => Ok(()),
            Room::Reserve => {
                Err(StorageError::Full("what room is left is kept for the jobs that are there".to_owned()))
            }
            Room::Nothing => self.for_commit(),
        }
    }

    /// Whether there is room for any commit.
    pub fn for_commit(self) -> StorageResult<()> {
        match self {
            Room::Plenty | Room::Reserve => Ok(()),
            Room::Nothing => Err(StorageError::Full("there is no room to write anything".to_owned())),
        }
    }
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
    fn the_less_room_the_fewer_may_write() {
        let plenty = room_of(RESERVE_BYTES + 1);
        assert!(plenty.for_new().is_ok() && plenty.for_commit().is_ok());
        for reserve in [room_of(RESERVE_BYTES), room_of(COMMIT_BYTES)] {
            assert!(reserve.for_new().is_err() && reserve.for_commit().is_ok());
        }
        let nothing = room_of(COMMIT_BYTES - 1);
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
