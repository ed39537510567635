//! Durable plugins, grants and secrets.

use std::collections::BTreeMap;

use async_trait::async_trait;
use bytes::Bytes;

use super::StorageResult;
use crate::domain::{Catalog, Digest, Grant, PluginName, PluginVersion, SecretName, Timestamp};
use crate::ports::SecretValue;

/// A component to keep. Its `version` is chosen by [`Catalog::add`].
#[derive(Clone, Debug)]
pub struct NewVersion {
    /// Its description.
    pub version: PluginVersion,
    /// Its bytes.
    pub component: Bytes,
    /// Whether new attempts use it from now on.
    pub activate: bool,
}

/// Durable plugins.
#[async_trait]
pub trait PluginStore: Send + Sync {
    /// Keeps a component by [`Catalog::add`], and activates it if asked to; says also whether it is new.
    async fn add_plugin(&self, new: NewVersion) -> StorageResult<(PluginVersion, bool)>;

    /// Switches the active version by [`Catalog::activate`].
    async fn activate_plugin(&self, name: PluginName, version: u32) -> StorageResult<()>;

    /// Takes out a plugin with all versions, its grant and the components that no other plugin has.
    async fn remove_plugin(&self, name: PluginName) -> StorageResult<()>;

    /// All plugins.
    async fn catalog(&self) -> StorageResult<Catalog>;

    /// A number that grows with every write of a plugin, an activation, a grant or a secret. Every host reads it twice a
    /// second to see the changes of others, so that it costs a driver one small read.
    async fn revision(&self) -> StorageResult<u64>;

    /// The bytes of a component.
    async fn component(&self, digest: Digest) -> StorageResult<Option<Bytes>>;
}

/// Durable grants. A grant may be written before its plugin is uploaded.
#[async_trait]
pub trait GrantStore: Send + Sync {
    /// Writes a grant.
    async fn put_grant(&self, name: PluginName, grant: Grant) -> StorageResult<()>;

    /// All grants.
    async fn grants(&self) -> StorageResult<BTreeMap<PluginName, Grant>>;
}

/// The part of a secret that may be shown.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SecretInfo {
    /// Its name.
    pub name: SecretName,
    /// When it was first written.
    pub created_at: Timestamp,
    /// When it was last written.
    pub updated_at: Timestamp,
}

/// Durable secrets.
#[async_trait]
pub trait SecretStore: Send + Sync {
    /// Writes a secret.
    async fn put_secret(
        &self,
        name: SecretName,
        value: SecretValue,
        now: Timestamp,
    ) -> StorageResult<SecretInfo>;

    /// Removes a secret. Returns whether there was one.
    async fn remove_secret(&self, name: SecretName) -> StorageResult<bool>;

    /// All secrets with their values, for the host alone.
    async fn secrets(&self) -> StorageResult<Vec<(SecretInfo, SecretValue)>>;
}
