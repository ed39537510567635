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

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use super::open::OpenError;

/// The layout that this version writes. One that reads an older layout must say how it converts it.
const FORMAT: &str = "1";

/// Secrets lie here in the clear, so that nobody else may look.
const DIR_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;

/// A data directory, held until dropped.
pub struct DataDir {
    path: PathBuf,
    _lock: File,
}

impl DataDir {
    /// Creates the directory if need be, and takes it for this process.
    pub fn hold(path: &Path) -> Result<Self, OpenError> {
        let failed = |error| OpenError::Io { dir: path.to_owned(), error };
        create(path).map_err(failed)?;
        let mut lock = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(FILE_MODE)
            .open(path.join("lock"))
            .map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(OpenError::Held { dir: path.to_owned(), holder: holder(&mut lock) });
            }
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        sign(&mut lock).map_err(failed)?;
        let dir = Self { path: path.to_owned(), _lock: lock };
        dir.check_format()?;
        Ok(dir)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn check_format(&self) -> Result<(), OpenError> {
        let failed = |error| OpenError::Io { dir: self.path.clone(), error };
        match fs::read_to_string(self.path.join("format")) {
            Ok(found) if found.trim_end() == FORMAT => Ok(()),
            Ok(found) => Err(OpenError::Newer {
                dir: self.path.clone(),
                found: found.trim_end().to_owned(),
                known: FORMAT,
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                write_durably(&self.path.join("format"), format!("{FORMAT}\n").as_bytes()).map_err(failed)
            }
            Err(error) => Err(failed(error)),
        }
    }
}

fn create(path: &Path) -> io::Result<()> {
    if path.is_dir() {
        return fs::set_permissions(path, fs::Permissions::from_mode(DIR_MODE));
    }
    DirBuilder::new().recursive(true).mode(DIR_MODE).create(path)?;
    sync_dir(path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new(".")))
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

/// Writes a file so that after a power cut it is there as a whole or not at all: under another name
/// first, synced, renamed, and the directory synced.
pub fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let unfinished = path.with_extension("tmp");
    let mut file =
        OpenOptions::new().write(true).create(true).truncate(true).mode(FILE_MODE).open(&unfinished)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&unfinished, path)?;
    path.parent().map_or(Ok(()), sync_dir)
}

/// Makes the names in a directory durable.
pub fn sync_dir(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}
