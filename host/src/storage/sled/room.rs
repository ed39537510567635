//! Whether the disk has room for more.
//!
//! sled cannot be opened on a full disk, and a write that fails costs a reopening. So new data is
//! refused while there is still room to finish the work that is there.

use std::fs::File;

/// What is kept free: eight of sled's segments, so that jobs already accepted can be claimed and
/// settled a good while, and the next open can write its snapshot.
const RESERVE_BYTES: u64 = 64 << 20;

/// Whether the disk of this file has more than the reserve. A system that cannot say counts as one
/// that has: the write itself will tell.
pub fn is_left(file: &File) -> bool {
    rustix::fs::fstatvfs(file)
        .map_or(true, |disk| disk.f_bavail.saturating_mul(disk.f_frsize) > RESERVE_BYTES)
}
