//! Keeping secrets: values go in and never come out, except into granted requests.

use tracing::info;

use super::{PluginError, Plugins};
use crate::domain::{RequestProblem, SecretName, WebhookKeys, webhook_key};
use crate::ports::{SecretInfo, SecretValue};

impl Plugins {
    /// Writes a secret. Attempts that begin from now on use the new value.
    pub async fn put_secret(&self, name: SecretName, value: SecretValue) -> Result<SecretInfo, PluginError> {
        if name == webhook_key() {
            value.reveal().parse::<WebhookKeys>().map_err(wrong_value)?;
        }
        let _changing = self.changing.lock().await;
        let info = self.storage.put_secret(name.clone(), value, self.clock.now()).await?;
        self.refresh().await?;
        info!(secret = %name, "secret written");
        Ok(info)
    }

    /// Forgets a secret.
    pub async fn remove_secret(&self, name: SecretName) -> Result<(), PluginError> {
        let _changing = self.changing.lock().await;
        let known = self.storage.remove_secret(name.clone()).await?;
        self.refresh().await?;
        if known { Ok(()) } else { Err(PluginError::UnknownSecret(name)) }
    }

    /// Names and dates of all secrets.
    pub fn secrets(&self) -> Vec<SecretInfo> {
        self.snapshot().secrets.values().map(|(info, _)| info.clone()).collect()
    }
}

fn wrong_value(detail: String) -> PluginError {
    PluginError::Invalid(vec![RequestProblem { pointer: "/value".to_owned(), detail }])
}
