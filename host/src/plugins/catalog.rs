//! Uploading, switching and removing plugins.

use std::sync::Arc;

use bytes::Bytes;
use tracing::info;

use super::schemas::refuse_wrong_schemas;
use super::{COMPONENT_BYTES_MAX, Checked, PluginError, PluginView, Plugins, Uploaded, Wanted};
use crate::domain::{ByteSize, Digest, Plugin, PluginName, PluginRef, PluginVersion, TaskSpec};
use crate::finishing::to_its_end;
use crate::ports::{NewVersion, Unfit};

impl Plugins {
    /// Checks a component, compiles it and asks what it offers. Nothing is stored yet: dropping the future
    /// gives the work up.
    pub async fn check(&self, name: PluginName, component: Bytes) -> Result<Checked, PluginError> {
        if component.len() > COMPONENT_BYTES_MAX {
            return Err(too_large());
        }
        let digest = digest_of(component.clone()).await?;
        let held = self.code.hold(digest);
        let info = self.components.inspect(component.clone()).await?;
        refuse_reserved(&name, &info.tasks)?;
        let tasks = refuse_wrong_schemas(info.tasks).await?;
        let version = PluginVersion {
            name,
            version: 0, // chosen by the catalog
            digest,
            size_bytes: component.len() as u64,
            tasks,
            imports: info.imports,
            uploaded_at: self.clock.now(),
        };
        Ok(Checked { version, component, held, wanted: info.wanted, memory: None })
    }

    /// Keeps a component that was checked. It finishes even if the caller disconnects.
    pub async fn keep(self: &Arc<Self>, checked: Checked, activate: bool) -> Result<Uploaded, PluginError> {
        let plugins = Arc::clone(self);
        to_its_end(async move { plugins.store(checked, activate).await }).await
    }

    async fn store(&self, checked: Checked, activate: bool) -> Result<Uploaded, PluginError> {
        let Checked { version, component, held, wanted, memory: _memory } = checked;
        let (name, digest) = (version.name.clone(), version.digest);
        self.components.prepare(digest, component.clone()).await?;
        let _changing = self.changing.lock().await;
        let (version, new) = self.storage.add_plugin(NewVersion { version, component, activate }).await?;
        held.note_stored();
        self.refresh().await?;
        let active =
            self.snapshot().catalog.plugin(&name).and_then(|plugin| plugin.active) == Some(version.version);
        info!(plugin = %name, version = version.version, %digest, new, active, "plugin uploaded");
        let given = self.snapshot().grant(&name);
        let wanted = wanted.map(|grant| Wanted { lacking: given.lacking(&grant), grant });
        Ok(Uploaded { version, new, active, wanted })
    }

    /// Makes a version the one that new attempts use; running jobs finish on theirs. It finishes even if the
    /// caller disconnects.
    pub async fn activate(self: &Arc<Self>, name: PluginName, version: u32) -> Result<(), PluginError> {
        let plugins = Arc::clone(self);
        to_its_end(async move {
            if let Some(chosen) = plugins.version(&name, version) {
                plugins.make_ready(&PluginRef::from(&chosen)).await?;
            }
            let _changing = plugins.changing.lock().await;
            plugins.storage.activate_plugin(name.clone(), version).await?;
            plugins.refresh().await?;
            info!(plugin = %name, version, "plugin switched");
            Ok(())
        })
        .await
    }

    /// Takes out a plugin with all its versions and its grant. It finishes even if the caller disconnects.
    pub async fn remove(self: &Arc<Self>, name: PluginName) -> Result<(), PluginError> {
        let plugins = Arc::clone(self);
        to_its_end(async move {
            let _changing = plugins.changing.lock().await;
            let removed = plugins.storage.remove_plugin(name.clone()).await;
            // Also of one that is not there: it may be an earlier request that could not read storage anew.
            plugins.refresh().await?;
            removed?;
            info!(plugin = %name, "plugin removed");
            Ok(())
        })
        .await
    }

    fn version(&self, name: &PluginName, version: u32) -> Option<PluginVersion> {
        let snapshot = self.snapshot();
        let versions = &snapshot.catalog.plugin(name)?.versions;
        versions.iter().find(|known| known.version == version).cloned()
    }

    /// All plugins, by name.
    pub fn list(&self) -> Vec<PluginView> {
        let snapshot = self.snapshot();
        let view = |plugin: &Plugin| PluginView {
            plugin: plugin.clone(),
            grant: (*snapshot.grant(&plugin.name)).clone(),
        };
        snapshot.catalog.plugins().map(view).collect()
    }

    /// The tasks of the active versions, by name, and the revision of storage that has them; `None` if it is this one.
    pub fn tasks_unless(&self, known: Option<u64>) -> Option<(u64, Vec<TaskSpec>)> {
        let snapshot = self.snapshot();
        if known == Some(snapshot.revision) {
            return None;
        }
        let active = snapshot.catalog.plugins().filter_map(Plugin::active_version);
        let mut tasks: Vec<_> = active.flat_map(|version| version.tasks.iter().cloned()).collect();
        tasks.sort_by(|a, b| a.name.cmp(&b.name));
        Some((snapshot.revision, tasks))
    }

    /// One plugin.
    pub fn plugin(&self, name: &PluginName) -> Option<PluginView> {
        let snapshot = self.snapshot();
        let plugin = snapshot.catalog.plugin(name)?.clone();
        Some(PluginView { plugin, grant: (*snapshot.grant(name)).clone() })
    }
}

/// The digest of a component, made on a thread that may block: it can have many MiB.
async fn digest_of(component: Bytes) -> Result<Digest, PluginError> {
    let hashing = tokio::task::spawn_blocking(move || Digest::of(&component));
    hashing.await.map_err(|_| PluginError::Later("the host is stopping".to_owned()))
}

/// Refuses the names that are reserved for the host.
fn refuse_reserved(name: &PluginName, tasks: &[TaskSpec]) -> Result<(), Unfit> {
    let advice = "names that begin with \"taskbox.\" are reserved for the host; choose another".to_owned();
    if name.is_reserved() {
        return Err(Unfit { reason: format!("the plugin name {name} is reserved"), advice });
    }
    for task in tasks {
        let reason = match &task.queue {
            _ if task.name.is_reserved() => format!("the component offers the task {}", task.name),
            Some(queue) if queue.is_reserved() => format!("the task {} wants the queue {queue}", task.name),
            _ => continue,
        };
        return Err(Unfit { reason, advice });
    }
    Ok(())
}

/// The error of a component above [`COMPONENT_BYTES_MAX`]. The border says it too, of one that it
/// does not even read to its end.
pub fn too_large() -> PluginError {
    PluginError::Unfit(Unfit {
        reason: format!("the component has more than {}", ByteSize(COMPONENT_BYTES_MAX as u64)),
        advice: "build it with --release and strip its debug information".to_owned(),
    })
}
