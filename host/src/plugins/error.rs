//! What can go wrong for an operator.

use crate::domain::{CatalogError, PluginName, RequestProblem, SecretName};
use crate::ports::{StorageError, Unfit};

/// Why an operator's wish was refused. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum PluginError {
    /// The bytes are no component that fits.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// It cannot be compiled as things are.
    #[error("{0}; try again later")]
    Later(String),
    /// The catalog does not allow it.
    #[error(transparent)]
    Catalog(CatalogError),
    /// Fields are wrong.
    #[error("the request is not valid")]
    Invalid(Vec<RequestProblem>),
    /// There is no such secret.
    #[error("there is no secret {0}")]
    UnknownSecret(SecretName),
    /// There is no such plugin.
    #[error("there is no plugin {0}")]
    UnknownPlugin(PluginName),
    /// Storage failed.
    #[error(transparent)]
    Storage(StorageError),
}

impl From<StorageError> for PluginError {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Catalog(error) => PluginError::Catalog(error),
            other => PluginError::Storage(other),
        }
    }
}
