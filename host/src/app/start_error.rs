//! Why a host does not start.

use super::SettingsError;
use crate::ports::EgressError;
use crate::ports::StorageError;
use crate::sandbox::SandboxError;
use crate::storage::sled::OpenError;

/// The reason why a host did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The settings are invalid.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// Storage cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// Storage cannot be read.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// The sandbox cannot be set up.
    #[error("the sandbox cannot be set up: {0}")]
    Sandbox(#[from] SandboxError),
    /// Outbound HTTP cannot be set up.
    #[error("outbound HTTP cannot be set up: {0}")]
    Egress(#[from] EgressError),
    /// The host cannot listen on the address.
    #[error("{0}")]
    Listen(String),
}
