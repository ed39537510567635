//! Backups: one file with all rows and all components as they were at one moment, taken while the database is used.

mod frames;
mod restore;
mod seal;
mod take;

pub use restore::{RestoreError, Restored, restore, verify};
pub use take::take;

/// The first line of the file: what it is, and the format of what follows.
const MAGIC: &[u8] = b"taskbox backup 1\n";
