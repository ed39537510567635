//! Making the code of stored plugins ready to run, so that no job waits for it.

use tracing::warn;

use super::{PluginError, Plugins, removed};
use crate::domain::{Plugin, PluginRef};
use crate::ports::{StorageError, Unready};

impl Plugins {
    /// Makes the code of all active plugins ready. Until its turn comes a task has no route, so that its jobs wait; those
    /// of a plugin whose code cannot be made ready wait until another version is active. Neither keeps a host from
    /// starting. Returns whether nothing is left to try again.
    pub async fn prepare_active(&self) -> bool {
        let mut is_done = true;
        let snapshot = self.snapshot();
        for plugin in snapshot.catalog.plugins().filter_map(Plugin::active_version).map(PluginRef::from) {
            match self.make_ready(&plugin).await {
                Ok(()) => {}
                Err(Unready::Unfit(unfit)) => {
                    warn!(%plugin, %unfit, "the plugin does not run on this host; its jobs wait");
                }
                Err(Unready::Later(reason)) => {
                    warn!(%plugin, reason, "the plugin is not ready yet; its jobs wait");
                    is_done = false;
                }
            }
        }
        is_done
    }

    /// Makes the code of a stored version ready, and gives its tasks a route if it is the active one.
    pub(super) async fn make_ready(&self, plugin: &PluginRef) -> Result<(), Unready> {
        if self.is_served(plugin) {
            return Ok(());
        }
        // One at a time, so that ten thousand attempts do not each load the same one.
        let _preparing = self.preparing.lock().await;
        if self.is_served(plugin) {
            return Ok(());
        }
        let later = |error: StorageError| Unready::Later(error.to_string());
        // It may be removed meanwhile.
        let _held = self.code.hold(plugin.digest);
        if !self.components.is_ready(&plugin.digest) {
            let component = self.storage.component(plugin.digest).await.map_err(later)?;
            self.components.prepare(plugin.digest, component.ok_or_else(|| removed(plugin))?).await?;
        }
        let _changing = self.changing.lock().await;
        self.refresh().await.map_err(later)
    }

    /// Whether code is ready, and known to be so where routes are looked up.
    fn is_served(&self, plugin: &PluginRef) -> bool {
        self.components.is_ready(&plugin.digest) && !self.snapshot().unready.contains(&plugin.digest)
    }
}

impl From<Unready> for PluginError {
    fn from(unready: Unready) -> Self {
        match unready {
            Unready::Unfit(unfit) => Self::Unfit(unfit),
            Unready::Later(reason) => Self::Later(reason),
        }
    }
}
