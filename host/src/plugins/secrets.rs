//! Keeping secrets: values go in and never come out, except into granted requests.

use std::sync::Arc;

use tracing::info;

use super::{PluginError, Plugins};
use crate::domain::{RequestProblem, SecretName, WebhookKeys, webhook_key};
use crate::finishing::to_its_end;
use crate::ports::{SecretInfo, SecretValue};

impl Plugins {
    /// Writes a secret. Attempts that begin from now on use the new value. It finishes even if the caller disconnects.
    pub async fn put_secret(
        self: &Arc<Self>,
        name: SecretName,
        value: SecretValue,
    ) -> Result<SecretInfo, PluginError> {
        if name == webhook_key() {
            value.reveal().parse::<WebhookKeys>().map_err(wrong_value)?;
        }
        let plugins = Arc::clone(self);
        to_its_end(async move {
            let _changing = plugins.changing.lock().await;
            let info = plugins.storage.put_secret(name.clone(), value, plugins.clock.now()).await?;
            plugins.refresh().await?;
            info!(secret = %name, "secret written");
            Ok(info)
        })
        .await
    }

    /// Forgets a secret. It finishes even if the caller disconnects.
    pub async fn remove_secret(self: &Arc<Self>, name: SecretName) -> Result<(), PluginError> {
        let plugins = Arc::clone(self);
        to_its_end(async move {
            let _changing = plugins.changing.lock().await;
            let known = plugins.storage.remove_secret(name.clone()).await?;
            plugins.refresh().await?;
            if known { Ok(()) } else { Err(PluginError::UnknownSecret(name)) }
        })
        .await
    }

    /// Names and dates of all secrets.
    pub fn secrets(&self) -> Vec<SecretInfo> {
        self.snapshot().secrets.values().map(|(info, _)| info.clone()).collect()
    }
}

fn wrong_value(detail: String) -> PluginError {
    PluginError::Invalid(vec![RequestProblem { pointer: "/value".to_owned(), detail }])
}
