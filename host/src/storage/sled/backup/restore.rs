//! Restores a backup into a new data directory.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::frames::{FrameReader, Kind};
use super::seal::Seal;
use crate::domain::Digest;
use crate::ports::BackupKey;
use crate::storage::sled::OpenError;
use crate::storage::sled::dir::{DataDir, FORMAT};
use crate::storage::sled::durable::write_durably;
use crate::storage::sled::open::{open_sled, unpanicked};

/// Bytes of rows after which they are moved to the disk.
const FLUSH_BYTES: usize = 64 << 20;

/// What was restored.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Restored {
    /// Number of rows.
    pub rows: u64,
    /// Number of components.
    pub components: u64,
    /// When the backup was taken.
    pub created_at: String,
    /// Whether it has secrets, and they were restored.
    pub secrets: bool,
}

/// Why a backup was not restored. What was written so far is cleared by the next attempt.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The directory has something in it.
    #[error("{} is not empty; restore into a new directory", .0.display())]
    NotEmpty(PathBuf),
    /// The directory cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The backup cannot be used.
    #[error("the backup cannot be restored: {0}")]
    Backup(String),
    /// The disk failed.
    #[error("the backup cannot be read or written: {0}")]
    Io(#[from] io::Error),
}

/// Restores a backup into a directory that is new or empty. Secrets are restored with the key under which they were
/// encrypted, and left out without one. Blocks.
pub fn restore(dir: &Path, from: impl Read, key: Option<&BackupKey>) -> Result<Restored, RestoreError> {
    let mut frames = FrameReader::begin(from)?;
    if has_data(dir)? {
        return Err(RestoreError::NotEmpty(dir.to_owned()));
    }
    let held = DataDir::hold(dir)?;
    let seal = key.map(Seal::new).transpose().map_err(|_| wrong("its key cannot be used"))?;
    let restored = {
        let components = held.path().join("components");
        fs::create_dir_all(&components)?;
        let mut restoring = Restoring {
            db: open_sled(held.path())?,
            components,
            seal,
            component: None,
            unflushed: 0,
            kept: BTreeSet::new(),
            restored: Restored::default(),
        };
        while let Some((kind, content)) = frames.next()? {
            restoring.take(kind, &content)?;
        }
        restoring.finish()?
    };
    File::open(held.path().join("db"))?.sync_all()?;
    held.finish()?;
    Ok(restored)
}

/// Reads a backup to its end, and checks its digest. Blocks.
pub fn verify(from: impl Read) -> io::Result<()> {
    let mut frames = FrameReader::begin(from)?;
    while frames.next()?.is_some() {}
    Ok(())
}

/// Whether a directory has data, other than that of a restore that did not come to its end.
fn has_data(dir: &Path) -> io::Result<bool> {
    let mut files = match fs::read_dir(dir) {
        Ok(files) => files,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(error),
    };
    let is_unfinished = crate::storage::sled::dir::is_unfinished(dir);
    Ok(!is_unfinished && files.next().is_some())
}

struct Restoring {
    db: sled::Db,
    components: PathBuf,
    seal: Option<Seal>,
    /// The component that is read now.
    component: Option<(Digest, Vec<u8>)>,
    unflushed: usize,
    kept: BTreeSet<Digest>,
    restored: Restored,
}

impl Restoring {
    fn take(&mut self, kind: Kind, content: &[u8]) -> Result<(), RestoreError> {
        if kind != Kind::Component {
            self.keep_component()?;
        }
        match kind {
            Kind::About => self.about(content),
            Kind::Rows => self.rows(content),
            Kind::Sealed => self.sealed(content),
            Kind::Component => self.component(content),
            Kind::End => Ok(()),
        }
    }

    fn about(&mut self, content: &[u8]) -> Result<(), RestoreError> {
        let about: serde_json::Value =
            serde_json::from_slice(content).map_err(|error| wrong(&error.to_string()))?;
        let found = about["format"].as_str().unwrap_or_default();
        if found != FORMAT {
            let by = about["version"].as_str().unwrap_or("?");
            return Err(wrong(&format!(
                "it has format {found} and this version of taskbox knows format {FORMAT}: use version {by}, which took it"
            )));
        }
        self.restored.created_at = about["created_at"].as_str().unwrap_or_default().to_owned();
        Ok(())
    }

    fn sealed(&mut self, content: &[u8]) -> Result<(), RestoreError> {
        let Some(seal) = &self.seal else { return Ok(()) };
        let rows = seal.open(content).map_err(|_| wrong("its secrets were encrypted with another key"))?;
        self.restored.secrets = true;
        self.rows(&rows)
    }

    fn rows(&mut self, mut content: &[u8]) -> Result<(), RestoreError> {
        let mut batch = sled::Batch::default();
        self.unflushed += content.len();
        while !content.is_empty() {
            let (key, rest) = cut::<2>(content)?;
            let (row, rest) = cut::<4>(rest)?;
            batch.insert(key, row);
            content = rest;
            self.restored.rows += 1;
        }
        unpanicked(|| self.db.apply_batch(batch)).map_err(|panic| wrong(&panic))?.map_err(of_sled)?;
        if self.unflushed > FLUSH_BYTES {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> Result<(), RestoreError> {
        self.unflushed = 0;
        unpanicked(|| self.db.flush()).map_err(|panic| wrong(&panic))?.map_err(of_sled)?;
        Ok(())
    }

    fn component(&mut self, content: &[u8]) -> Result<(), RestoreError> {
        let (digest, part) = content.split_first_chunk().ok_or_else(|| wrong("a component has no digest"))?;
        let digest = Digest::from_bytes(*digest);
        if self.component.as_ref().is_some_and(|(before, _)| *before != digest) {
            self.keep_component()?;
        }
        let (_, bytes) = self.component.get_or_insert_with(|| (digest, Vec::new()));
        bytes.extend_from_slice(part);
        Ok(())
    }

    fn keep_component(&mut self) -> Result<(), RestoreError> {
        let Some((digest, bytes)) = self.component.take() else { return Ok(()) };
        if Digest::of(&bytes) != digest {
            return Err(wrong("the bytes of a component do not have its digest"));
        }
        write_durably(&self.components.join(digest.to_hex()), &bytes)?;
        self.kept.insert(digest);
        Ok(())
    }

    fn finish(mut self) -> Result<Restored, RestoreError> {
        self.keep_component()?;
        self.flush()?;
        Ok(Restored { components: self.kept.len() as u64, ..self.restored })
    }
}

/// What a length of so many bytes is followed by, and the rest.
fn cut<const N: usize>(content: &[u8]) -> Result<(&[u8], &[u8]), RestoreError> {
    let short = || wrong("a row is cut off");
    let (length, rest) = content.split_first_chunk::<N>().ok_or_else(short)?;
    let length = length.iter().fold(0, |length, byte| length << 8 | usize::from(*byte));
    rest.split_at_checked(length).ok_or_else(short)
}

fn of_sled(error: sled::Error) -> RestoreError {
    match error {
        sled::Error::Io(error) => error.into(),
        error => wrong(&error.to_string()),
    }
}

fn wrong(reason: &str) -> RestoreError {
    RestoreError::Backup(reason.to_owned())
}
