//! Granting: what a plugin may do.

use std::sync::Arc;

use tracing::info;

use super::{PluginError, Plugins};
use crate::domain::{Grant, HostRule, PluginName, RequestProblem};
use crate::finishing::to_its_end;

impl Plugins {
    /// The grant of a plugin; empty when none was written.
    pub fn grant(&self, name: &PluginName) -> Grant {
        (*self.snapshot().grant(name)).clone()
    }

    /// Adds a line to the hosts of a plugin's grant, unless it is there. It finishes even if the caller disconnects.
    pub async fn allow_host(self: &Arc<Self>, name: PluginName, line: HostRule) -> Result<(), PluginError> {
        let mut grant = self.grant(&name);
        if grant.hosts.contains(&line) {
            return Ok(());
        }
        grant.hosts.push(line);
        self.put_grant(name, grant).await
    }

    /// Writes a grant. Attempts that begin from now on follow it. The plugin may be uploaded later. It finishes
    /// even if the caller disconnects.
    pub async fn put_grant(self: &Arc<Self>, name: PluginName, grant: Grant) -> Result<(), PluginError> {
        let problems: Vec<_> = grant
            .problems()
            .into_iter()
            .map(|(pointer, detail)| RequestProblem { pointer, detail })
            .collect();
        if !problems.is_empty() {
            return Err(PluginError::Invalid(problems));
        }
        let plugins = Arc::clone(self);
        to_its_end(async move {
            let _changing = plugins.changing.lock().await;
            plugins.storage.put_grant(name.clone(), grant).await?;
            plugins.refresh().await?;
            info!(plugin = %name, "grant written");
            Ok(())
        })
        .await
    }
}
