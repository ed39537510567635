//! What storage holds of plugins, as one value that is read without waiting.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::own;
use crate::domain::{Catalog, Grant, PluginName, PluginRef, SecretName, TaskName, webhook_task};
use crate::ports::{SecretInfo, SecretValue, Storage, StorageResult};

/// Catalog, grants and secrets of one moment.
pub(super) struct Snapshot {
    pub(super) catalog: Catalog,
    pub(super) routes: Arc<HashMap<TaskName, PluginRef>>,
    pub(super) concurrency: Arc<HashMap<PluginName, u32>>,
    pub(super) grants: BTreeMap<PluginName, Arc<Grant>>,
    pub(super) secrets: BTreeMap<SecretName, (SecretInfo, SecretValue)>,
}

impl Snapshot {
    /// Reads all of it.
    pub(super) async fn read(storage: &dyn Storage) -> StorageResult<Self> {
        let catalog = storage.catalog().await?;
        let grants = storage.grants().await?;
        let secrets = storage.secrets().await?;
        let mut routes = catalog.routes();
        routes.insert(webhook_task(), own::plugin());
        let limit =
            |name: &PluginName| grants.get(name).cloned().unwrap_or_default().limits.resolve().concurrency;
        let concurrency = routes.values().map(|plugin| (plugin.name.clone(), limit(&plugin.name))).collect();
        Ok(Self {
            routes: Arc::new(routes),
            concurrency: Arc::new(concurrency),
            catalog,
            grants: grants.into_iter().map(|(name, grant)| (name, Arc::new(grant))).collect(),
            secrets: secrets.into_iter().map(|(info, value)| (info.name.clone(), (info, value))).collect(),
        })
    }

    /// The grant of a plugin; nothing is granted by default.
    pub(super) fn grant(&self, name: &PluginName) -> Arc<Grant> {
        self.grants.get(name).cloned().unwrap_or_default()
    }
}
