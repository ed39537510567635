//! Takes a backup: reads all rows of one moment in steps, and hands on the frames of the file.

use std::sync::{Arc, Weak};

use bytes::Bytes;
use sled::IVec;
use tokio::sync::mpsc::Sender;

use super::frames::{FrameWriter, Kind};
use super::seal::Seal;
use crate::domain::{Digest, Timestamp};
use crate::ports::{BackupKey, StorageError, StorageResult};
use crate::storage::sled::dir::FORMAT;
use crate::storage::sled::disk::Disk;
use crate::storage::sled::keys::{self, Key};
use crate::storage::sled::view::Look;

/// Bytes of a component in one frame.
const COMPONENT_PART_BYTES: usize = 512 << 10;

/// A backup that is taken. It holds the database only for the length of a step: a database that failed must be free to be
/// opened anew, however slowly the backup is received.
struct Taking {
    disk: Weak<Disk>,
    writer: FrameWriter,
    seal: Option<Seal>,
    to: Sender<StorageResult<Bytes>>,
}

/// Takes a backup, and hands its parts over as they are received. Blocks.
pub fn take(disk: &Weak<Disk>, key: Option<&BackupKey>, now: Timestamp, to: Sender<StorageResult<Bytes>>) {
    let taken = begin(disk, key, now, to.clone());
    if let Err(error) = taken {
        // A receiver that is gone has no need to know.
        let _ = to.blocking_send(Err(error));
    }
}

fn begin(
    disk: &Weak<Disk>,
    key: Option<&BackupKey>,
    now: Timestamp,
    to: Sender<StorageResult<Bytes>>,
) -> StorageResult<()> {
    let digests = open(disk)?.moment_begins()?;
    let _reading = EndsReading(disk);
    let (writer, magic) = FrameWriter::begin();
    let seal = key.map(Seal::new).transpose().map_err(|_| not_sealed())?;
    let mut taking = Taking { disk: Weak::clone(disk), writer, seal, to };
    taking.send(magic)?;
    taking.about(now)?;
    taking.components(digests)?;
    taking.rows()?;
    let Taking { writer, to, .. } = taking;
    to.blocking_send(Ok(writer.end().into())).map_err(|_| gone())
}

impl Disk {
    /// Begins to read everything of this moment. Returns the components of its plugins.
    fn moment_begins(&self) -> StorageResult<Vec<Digest>> {
        self.moment().begin(|| {
            let catalog = self.rows().catalog()?;
            let plugins = catalog.plugins();
            let mut digests: Vec<_> =
                plugins.flat_map(|plugin| plugin.versions.iter().map(|version| version.digest)).collect();
            digests.sort_unstable();
            digests.dedup();
            Ok(digests)
        })
    }
}

/// Ends the reading, also when the backup fails.
struct EndsReading<'a>(&'a Weak<Disk>);

impl Drop for EndsReading<'_> {
    fn drop(&mut self) {
        self.0.upgrade().into_iter().for_each(|disk| disk.moment().end());
    }
}

impl Taking {
    fn about(&mut self, now: Timestamp) -> StorageResult<()> {
        let secrets = if self.seal.is_some() { "encrypted" } else { "left out" };
        let (version, at) = (env!("CARGO_PKG_VERSION"), now.to_string());
        let about =
            serde_json::json!({ "format": FORMAT, "version": version, "created_at": at, "secrets": secrets });
        self.frame(Kind::About, about.to_string().as_bytes())
    }

    fn components(&mut self, digests: Vec<Digest>) -> StorageResult<()> {
        for digest in digests {
            let bytes = open(&self.disk)?.components().read(&digest)?;
            for part in bytes.chunks(COMPONENT_PART_BYTES) {
                self.frame(Kind::Component, &[digest.as_bytes(), part].concat())?;
            }
        }
        Ok(())
    }

    fn rows(&mut self) -> StorageResult<()> {
        loop {
            let disk = open(&self.disk)?;
            let rows = disk.moment().step(disk.rows())?;
            drop(disk);
            if rows.is_empty() {
                return Ok(());
            }
            let (secrets, others): (Vec<_>, Vec<_>) =
                rows.into_iter().partition(|(key, _)| keys::is_of_secret(key));
            self.secrets(&secrets)?;
            if !others.is_empty() {
                self.frame(Kind::Rows, &joined(&others))?;
            }
        }
    }

    fn secrets(&mut self, rows: &[(Key, IVec)]) -> StorageResult<()> {
        let (Some(seal), false) = (&self.seal, rows.is_empty()) else { return Ok(()) };
        let sealed = seal.close(joined(rows)).map_err(|_| not_sealed())?;
        self.frame(Kind::Sealed, &sealed)
    }

    fn frame(&mut self, kind: Kind, content: &[u8]) -> StorageResult<()> {
        let bytes = self.writer.frame(kind, content);
        self.send(bytes)
    }

    fn send(&self, bytes: Vec<u8>) -> StorageResult<()> {
        self.to.blocking_send(Ok(bytes.into())).map_err(|_| gone())
    }
}

/// Rows one behind the other: each the length of its key, the key, the length of the row, the row.
fn joined(rows: &[(Key, IVec)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (key, row) in rows {
        let key_length = u16::try_from(key.len()).expect("a key is short");
        let row_length = u32::try_from(row.len()).expect("a row has at most 4 KiB");
        bytes.extend_from_slice(&key_length.to_be_bytes());
        bytes.extend_from_slice(key);
        bytes.extend_from_slice(&row_length.to_be_bytes());
        bytes.extend_from_slice(row);
    }
    bytes
}

fn open(disk: &Weak<Disk>) -> StorageResult<Arc<Disk>> {
    let closed = || StorageError::Unavailable("the database was closed during the backup".to_owned());
    disk.upgrade().ok_or_else(closed)
}

fn gone() -> StorageError {
    StorageError::Unavailable("the backup is received no longer".to_owned())
}

fn not_sealed() -> StorageError {
    StorageError::Unavailable("the secrets cannot be encrypted".to_owned())
}
