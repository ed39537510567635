//! Plugins, grants and secrets in the model.

use std::collections::BTreeMap;

use async_trait::async_trait;
use bytes::Bytes;
use taskbox::domain::{Catalog, Digest, Grant, PluginName, PluginVersion, SecretName, Timestamp};
use taskbox::ports::{
    GrantStore, NewVersion, PluginStore, SecretInfo, SecretStore, SecretValue, StorageResult,
};

use super::ModelStorage;

#[async_trait]
impl PluginStore for ModelStorage {
    async fn add_plugin(&self, new: NewVersion) -> StorageResult<(PluginVersion, bool)> {
        self.write(|all| {
            let name = new.version.name.clone();
            let known = all.catalog.plugin(&name).map_or(0, |plugin| plugin.versions.len());
            let added = all.catalog.add(new.version).clone();
            if new.activate {
                all.catalog.activate(&name, added.version)?;
            }
            all.components.insert(added.digest, new.component);
            all.revision += 1;
            let count = all.catalog.plugin(&name).map_or(0, |plugin| plugin.versions.len());
            Ok((added, count > known))
        })
    }

    async fn activate_plugin(&self, name: PluginName, version: u32) -> StorageResult<()> {
        self.write(|all| {
            all.revision += 1;
            Ok(all.catalog.activate(&name, version)?)
        })
    }

    async fn remove_plugin(&self, name: PluginName) -> StorageResult<()> {
        self.write(|all| {
            all.catalog.remove(&name)?;
            all.grants.remove(&name);
            all.revision += 1;
            let catalog = &all.catalog;
            all.components.retain(|digest, _| catalog.holds(digest));
            Ok(())
        })
    }

    async fn catalog(&self) -> StorageResult<Catalog> {
        self.may_fail()?;
        Ok(self.read(|all| all.catalog.clone()))
    }

    async fn revision(&self) -> StorageResult<u64> {
        Ok(self.read(|all| all.revision))
    }

    async fn component(&self, digest: Digest) -> StorageResult<Option<Bytes>> {
        self.may_fail()?;
        Ok(self.read(|all| all.components.get(&digest).cloned()))
    }
}

#[async_trait]
impl GrantStore for ModelStorage {
    async fn put_grant(&self, name: PluginName, grant: Grant) -> StorageResult<()> {
        self.write(|all| {
            all.grants.insert(name, grant);
            all.revision += 1;
            Ok(())
        })
    }

    async fn grants(&self) -> StorageResult<BTreeMap<PluginName, Grant>> {
        Ok(self.read(|all| all.grants.clone()))
    }
}

#[async_trait]
impl SecretStore for ModelStorage {
    async fn put_secret(
        &self,
        name: SecretName,
        value: SecretValue,
        now: Timestamp,
    ) -> StorageResult<SecretInfo> {
        self.write(|all| {
            let created_at = all.secrets.get(&name).map_or(now, |(known, _)| known.created_at);
            let info = SecretInfo { name: name.clone(), created_at, updated_at: now };
            all.secrets.insert(name, (info.clone(), value));
            all.revision += 1;
            Ok(info)
        })
    }

    async fn remove_secret(&self, name: SecretName) -> StorageResult<bool> {
        self.write(|all| {
            let known = all.secrets.remove(&name).is_some();
            all.revision += u64::from(known);
            Ok(known)
        })
    }

    async fn secrets(&self) -> StorageResult<Vec<(SecretInfo, SecretValue)>> {
        Ok(self.read(|all| all.secrets.values().cloned().collect()))
    }
}
