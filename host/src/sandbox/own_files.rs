//! Files and directories of compiled code, which are trusted because this process's user alone can have written them: they
//! belong to that user, nobody else may write them, and none of them is a link (see [`FileStatus::distrust`]).

use std::fs::{self, File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::OFlags;
use rustix::process::geteuid;

use super::config::SandboxError;
use crate::domain::{Distrust, FileStatus};

/// Rights of the owner alone.
const DIR_MODE: u32 = 0o700;

/// The end of the names of files that are being written.
pub(super) const UNFINISHED: &str = ".tmp";

/// Opens what is there itself, and fails on a symbolic link.
const NO_LINK: i32 = OFlags::NOFOLLOW.bits().cast_signed();

/// Opens a directory that only this process's user can have written to, and makes it if there is none.
pub(super) fn open_dir(dir: &Path) -> Result<(), SandboxError> {
    let wrong = |error: io::Error| SandboxError::Cache { path: dir.to_owned(), reason: error.to_string() };
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true).mode(DIR_MODE).create(dir).map_err(wrong)?;
    match distrust(&fs::symlink_metadata(dir).map_err(wrong)?) {
        Some(distrust) => Err(SandboxError::Untrusted { path: dir.to_owned(), distrust }),
        None => Ok(()),
    }
}

/// Opens a file that only this process's user can have written.
pub(super) fn open_own(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().read(true).custom_flags(NO_LINK).open(path)?;
    let found = file.metadata()?;
    if !found.is_file() {
        return Err(io::Error::other("it is not a file"));
    }
    match distrust(&found) {
        Some(distrust) => Err(io::Error::other(format!("it {distrust}"))),
        None => Ok(file),
    }
}

fn distrust(found: &Metadata) -> Option<Distrust> {
    let status = FileStatus { is_link: found.is_symlink(), owner: found.uid(), mode: found.mode() };
    status.distrust(geteuid().as_raw())
}
