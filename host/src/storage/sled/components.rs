//! The bytes of plugins: files named by their digest, outside sled.
//!
//! A file is durable before the record that names it, and is deleted only when no record names it.
//! Never trusts a file by its name: what is read must have the digest.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::custody::{DIR_MODE, NO_LINK};
use super::durable::{sync_dir, write_durably};
use super::space;
use crate::domain::{Catalog, Digest};
use crate::ports::{StorageError, StorageResult};

/// The directory of components.
pub struct Components(PathBuf);

impl Components {
    /// The components of a data directory; files that no plugin has, left by an upload that did not
    /// come to its end, are deleted.
    pub fn open(data_dir: &Path, catalog: &Catalog) -> io::Result<Self> {
        let components = Self(data_dir.join("components"));
        if !components.0.is_dir() {
            DirBuilder::new().mode(DIR_MODE).create(&components.0)?;
            sync_dir(data_dir)?;
        }
        for file in fs::read_dir(&components.0)? {
            let file = file?;
            let name = file.file_name();
            let digest = name.to_str().and_then(|hex| format!("sha256:{hex}").parse().ok());
            if !digest.is_some_and(|digest| catalog.holds(&digest)) {
                fs::remove_file(file.path())?;
            }
        }
        Ok(components)
    }

    /// Keeps these bytes, unless they are there already.
    pub fn keep(&self, digest: &Digest, bytes: &[u8]) -> StorageResult<()> {
        let path = self.path(digest);
        if path.is_file() {
            return Ok(());
        }
        write_durably(&path, bytes).map_err(|error| {
            let reason = format!("{} cannot be written: {error}", path.display());
            match space::is_missing(error.kind()) {
                true => StorageError::Full(reason),
                false => StorageError::Unavailable(reason),
            }
        })
    }

    /// The bytes of a component that a plugin has.
    pub fn read(&self, digest: &Digest) -> StorageResult<Bytes> {
        let path = self.path(digest);
        let wrong = |reason: String| StorageError::Corrupt(format!("{}: {reason}", path.display()));
        let bytes = read_no_link(&path).map_err(|error| wrong(error.to_string()))?;
        if Digest::of(&bytes) != *digest {
            return Err(wrong("its bytes do not have its digest".to_owned()));
        }
        Ok(bytes.into())
    }

    /// Deletes a component that no plugin has. That it stays on an error costs space, nothing else.
    pub fn forget(&self, digest: &Digest) {
        let _ = fs::remove_file(self.path(digest));
    }

    fn path(&self, digest: &Digest) -> PathBuf {
        self.0.join(digest.to_hex())
    }
}

fn read_no_link(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    OpenOptions::new().read(true).custom_flags(NO_LINK).open(path)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}
