//! A power cut, played: what a process wrote and synced is recorded by strace, and a directory is
//! made as a disk would hold it if the power had gone at some point.
//!
//! What was not synced may be lost, in part or whole and in any order; a name is not durable before its
//! directory is synced. That is the least that a file system promises, and more loss than most show.

mod disk;
mod trace;

pub use disk::{Disk, Loss};
pub use trace::{Call, parse};
