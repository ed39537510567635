//! What is done with a data directory that no host has open, and with backups.

use std::io::{self, Read};
use std::path::Path;

use super::StartError;
use crate::ports::BackupKey;
use crate::storage::sled as storage;
pub use crate::storage::sled::{Checked, RestoreError, Restored};

/// Checks every row of a data directory. Blocks.
pub fn check(data: &Path) -> Result<Checked, StartError> {
    Ok(storage::check(data)?)
}

/// Reads a backup to its end, and checks its digest. Blocks.
pub fn verify(from: impl Read) -> io::Result<()> {
    storage::verify(from)
}

/// Restores a backup into a new data directory. Blocks.
pub fn restore(data: &Path, from: impl Read, key: Option<&BackupKey>) -> Result<Restored, RestoreError> {
    storage::restore(data, from, key)
}
