//! Takes the data directory and its files into the custody of this process's user alone, or says why not.
//!
//! Secrets lie here in the clear, and code that the host runs, so no other user may read, and what another user
//! else could have written is refused (see [`FileStatus::distrust`]). What others can only read is closed.

use std::fs::{self, DirBuilder, DirEntry, File, Metadata, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use rustix::process::geteuid;

use super::durable::{FILE_MODE, sync_dir};
use super::open_error::OpenError;
use crate::domain::{Distrust, FileStatus};

/// Rights of the owner alone.
pub const DIR_MODE: u32 = 0o700;

/// Opens what is there itself, and fails on a symbolic link.
pub const NO_LINK: i32 = OFlags::NOFOLLOW.bits().cast_signed();

/// The directories of storage's own within the data directory. What others put beside them is not read.
const OWN_DIRS: [&str; 2] = ["components", "blobs"];

/// Makes the directory if there is none; one that is there must belong to this user, and is closed to others.
pub fn take_dir(path: &Path) -> Result<(), OpenError> {
    // A slash at the end would follow a link.
    let path: PathBuf = path.components().collect();
    let failed = |error| OpenError::Io { dir: path.clone(), error };
    match fs::symlink_metadata(&path) {
        Ok(found) => check_owner(&path, &found)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => make_dir(&path).map_err(failed)?,
        Err(error) => return Err(failed(error)),
    }
    let flags = NO_LINK | OFlags::DIRECTORY.bits().cast_signed();
    let dir = OpenOptions::new().read(true).custom_flags(flags).open(&path).map_err(failed)?;
    check_owner(&path, &dir.metadata().map_err(failed)?)?;
    dir.set_permissions(Permissions::from_mode(DIR_MODE)).map_err(failed)
}

fn make_dir(path: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(DIR_MODE).create(path)?;
    sync_dir(path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new(".")))
}

/// Checks the files of a directory that was taken, and closes them to others.
pub fn take_files(dir: &Path) -> Result<(), OpenError> {
    let failed = |error| OpenError::Io { dir: dir.to_owned(), error };
    for entry in fs::read_dir(dir).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let found = entry.metadata().map_err(failed)?;
        if found.is_dir() {
            if is_own(&entry) {
                take_dir(&entry.path())?;
                take_files(&entry.path())?;
            }
            continue;
        }
        check(&entry.path(), &found)?;
        close(&entry.path(), &found).map_err(failed)?;
    }
    Ok(())
}

fn is_own(entry: &DirEntry) -> bool {
    entry.file_name().to_str().is_some_and(|name| OWN_DIRS.contains(&name))
}

fn close(path: &Path, found: &Metadata) -> io::Result<()> {
    if found.mode() & 0o777 == FILE_MODE {
        return Ok(());
    }
    let file: File = OpenOptions::new().read(true).custom_flags(NO_LINK).open(path)?;
    file.set_permissions(Permissions::from_mode(FILE_MODE))
}

/// Refuses what others own or can write.
fn check(path: &Path, found: &Metadata) -> Result<(), OpenError> {
    let status = FileStatus { is_link: found.is_symlink(), owner: found.uid(), mode: found.mode() };
    refuse(path, status.distrust(geteuid().as_raw()))
}

/// Refuses what others own. Whether they can write does not matter where all files are checked as well.
fn check_owner(path: &Path, found: &Metadata) -> Result<(), OpenError> {
    let status = FileStatus { is_link: found.is_symlink(), owner: found.uid(), mode: DIR_MODE };
    refuse(path, status.distrust(geteuid().as_raw()))
}

fn refuse(path: &Path, distrust: Option<Distrust>) -> Result<(), OpenError> {
    let untrusted = |distrust| Err(OpenError::Untrusted { path: path.to_owned(), distrust });
    distrust.map_or(Ok(()), untrusted)
}
