//! Granting: what a plugin may do.

use tracing::info;

use super::{PluginError, Plugins};
use crate::domain::{Grant, PluginName, RequestProblem};

impl Plugins {
    /// The grant of a plugin; empty when none was written.
    pub fn grant(&self, name: &PluginName) -> Grant {
        (*self.snapshot().grant(name)).clone()
    }

    /// Writes a grant. Attempts that begin from now on follow it. The plugin may be uploaded later.
    pub async fn put_grant(&self, name: PluginName, grant: Grant) -> Result<(), PluginError> {
        let problems: Vec<_> = grant
            .problems()
            .into_iter()
            .map(|(pointer, detail)| RequestProblem { pointer, detail })
            .collect();
        if !problems.is_empty() {
            return Err(PluginError::Invalid(problems));
        }
        let _changing = self.changing.lock().await;
        self.storage.put_grant(name.clone(), grant).await?;
        self.refresh().await?;
        info!(plugin = %name, "grant written");
        Ok(())
    }
}
