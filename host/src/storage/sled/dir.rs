//! The data directory: closed to other users, held by one process, stamped with a format.
//!
//! ```text
//! lock          held while a process has the directory open; its text says by whom
//! format        the layout of everything below
//! db conf ...   sled's own files
//! components/   the bytes of plugins, each file named by its sha256 digest
//! ```
//!
//! Never touches sled's files: what they mean is sled's.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::custody;
use super::durable::{FILE_MODE, sync_dir, write_durably};
use super::open_error::OpenError;

/// The layout that this version writes, and the only one that it reads: those before it were never released.
///
/// Every record has a format byte of its own, by which a newer version reads the records of an older one.
/// The other way round is refused here and at once: an older version would open a directory of newer
/// records, and fail at the first of them. So this is raised whenever a release writes a format or a kind
/// of record that the release before does not know.
pub const FORMAT: &str = "7";

/// Stands in place of the format while the directory is made for the first time.
const UNFINISHED: &str = "1, being made";

/// A data directory, held until dropped.
pub struct DataDir {
    path: PathBuf,
    /// Time that every sync takes beyond that of the disk.
    pub sync_delay: Duration,
    _lock: File,
}

impl DataDir {
    /// Creates the directory if need be, and takes it for this process.
    pub fn hold(path: &Path) -> Result<Self, OpenError> {
        let failed = |error| OpenError::Io { dir: path.to_owned(), error };
        custody::take_dir(path)?;
        let mut lock = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(FILE_MODE)
            .custom_flags(custody::NO_LINK)
            .open(path.join("lock"))
            .map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(OpenError::Held { dir: path.to_owned(), holder: holder(&mut lock) });
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        custody::take_files(path)?;
        sign(&mut lock).map_err(failed)?;
        let dir = Self { path: path.to_owned(), sync_delay: Duration::ZERO, _lock: lock };
        dir.check_format()?;
        Ok(dir)
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Marks the directory as complete: its contents count from now on.
    pub fn finish(&self) -> Result<(), OpenError> {
        // Once more, for the files that sled made: it leaves their modes to the umask.
        custody::take_files(&self.path)?;
        self.stamp().map_err(|error| OpenError::Io { dir: self.path.clone(), error })
    }

    fn stamp(&self) -> io::Result<()> {
        let format = self.path.join("format");
        if fs::read_to_string(&format)?.trim_end() == FORMAT {
            return Ok(());
        }
        write_durably(&format, FORMAT.as_bytes())
    }

    fn check_format(&self) -> Result<(), OpenError> {
        let failed = |error| OpenError::Io { dir: self.path.clone(), error };
        let unknown = |found: &str| {
            let (dir, found) = (self.path.clone(), found.to_owned());
            Err(OpenError::Unknown { dir, found, known: FORMAT })
        };
        match fs::read_to_string(self.path.join("format")).as_deref().map(str::trim_end) {
            Ok(FORMAT) => Ok(()),
            Ok(UNFINISHED) => self.clear().map_err(failed),
            Ok(found) => unknown(found),
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(failed(io::Error::new(error.kind(), error.to_string())))
            }
            Err(_) if self.path.join("db").exists() => unknown("unknown: the file `format` is missing"),
            Err(_) => write_durably(&self.path.join("format"), UNFINISHED.as_bytes()).map_err(failed),
        }
    }

    /// Deletes what a first open left that did not come to its end: sled cannot always open it, and
    /// nothing in it was ever acknowledged.
    fn clear(&self) -> io::Result<()> {
        for file in fs::read_dir(&self.path)? {
            let file = file?;
            match file.file_name().to_str() {
                Some("lock" | "format") => {}
                _ if file.file_type()?.is_dir() => fs::remove_dir_all(file.path())?,
                _ => fs::remove_file(file.path())?,
            }
        }
        sync_dir(&self.path)
    }
}

/// Whether a directory was being made, and the process that made it did not come to its end: it has no data yet.
pub fn is_unfinished(path: &Path) -> bool {
    fs::read_to_string(path.join("format")).is_ok_and(|format| format.trim_end() == UNFINISHED)
}

fn holder(lock: &mut File) -> String {
    let mut text = String::new();
    match lock.read_to_string(&mut text) {
        Ok(_) if !text.trim().is_empty() => text.trim().to_owned(),
        _ => "another process".to_owned(),
    }
}

fn sign(lock: &mut File) -> io::Result<()> {
    lock.set_len(0)?;
    writeln!(lock, "process {}", std::process::id())
}
