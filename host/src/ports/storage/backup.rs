//! Backups of all durable state.

use std::fmt;
use std::str::FromStr;

use async_trait::async_trait;
use bytes::Bytes;
use tokio::sync::mpsc::Receiver;

use super::{StorageError, StorageResult};
use crate::domain::{Digest, Timestamp};

/// The key under which the secrets in a backup are encrypted: 256 bits of AES-GCM.
#[derive(Clone, PartialEq, Eq)]
pub struct BackupKey([u8; 32]);

impl BackupKey {
    /// The key of these bytes.
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes, for the one place that encrypts and decrypts with it.
    pub const fn reveal(&self) -> &[u8; 32] {
        &self.0
    }
}

impl FromStr for BackupKey {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let wrong = "must be 64 hexadecimal digits";
        let digest: Digest = format!("sha256:{text}").parse().map_err(|_| wrong)?;
        Ok(Self(*digest.as_bytes()))
    }
}

impl fmt::Debug for BackupKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BackupKey(..)")
    }
}

/// The file of a backup, in parts. It is whole if the last part is followed by no error.
pub type BackupParts = Receiver<StorageResult<Bytes>>;

/// Durable state that can be backed up while it is used.
#[async_trait]
pub trait BackupStore: Send + Sync {
    /// Begins a backup of everything as it is now, of one moment between two transactions. Without a key it has no secrets.
    /// One at a time; it ends when its parts are dropped.
    async fn backup(&self, key: Option<BackupKey>, now: Timestamp) -> StorageResult<BackupParts> {
        let (_, _) = (key, now);
        Err(StorageError::Unavailable("this storage has tools of its own for backups".to_owned()))
    }
}
