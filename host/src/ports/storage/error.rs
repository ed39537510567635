//! Errors of storage.

use crate::domain::CatalogError;
use crate::domain::submission::KeyReused;
use crate::domain::transition::Refusal;

/// The answer of storage.
pub type StorageResult<T> = Result<T, StorageError>;

/// Why storage did not do what it was asked. Nothing was written, unless the error [may pass](StorageError::may_pass).
#[derive(Debug, Clone, thiserror::Error)]
pub enum StorageError {
    /// There is no such row.
    #[error("there is no {what} {id}")]
    NotFound {
        /// The kind of row, such as `job`.
        what: &'static str,
        /// Under which name.
        id: String,
    },
    /// The rules forbid it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The rules of the plugin catalog forbid it.
    #[error(transparent)]
    Catalog(#[from] CatalogError),
    /// The idempotency key was used with another body.
    #[error("this Idempotency-Key was used with another request body in the last 24 hours; use a new key")]
    KeyReused,
    /// The disk is full, or nearly. Work goes on by itself when there is room again.
    #[error("the disk is full: {0}")]
    Full(String),
    /// The storage cannot be written for another reason that may pass.
    #[error("storage cannot be written now: {0}")]
    Unavailable(String),
    /// Stored data is damaged.
    #[error("storage is damaged: {0}")]
    Corrupt(String),
}

impl From<KeyReused> for StorageError {
    fn from(KeyReused: KeyReused) -> Self {
        StorageError::KeyReused
    }
}

impl StorageError {
    /// Whether the same may succeed later. It is unknown whether the write happened, as after a lost
    /// connection.
    pub fn may_pass(&self) -> bool {
        matches!(self, StorageError::Full(_) | StorageError::Unavailable(_))
    }
}
