//! The values that the operator granted to this plugin: its config and its secrets.
//!
//! The value of a secret is a placeholder. Send it in a header like the secret itself; the host replaces it with the real
//! value, only in requests to the hosts that the secret is bound to.

use crate::TaskError;
use crate::bindings::wasi::config::store;

/// The value of this name, or `None` if the operator granted none.
pub fn get(name: &str) -> Result<Option<String>, TaskError> {
    store::get(name)
        .map_err(|error| TaskError::retryable(format!("the configuration could not be read: {error:?}")))
}

/// The value of this name. Without it the job fails permanently, because only an operator can add it.
pub fn require(name: &str) -> Result<String, TaskError> {
    get(name)?.ok_or_else(|| {
        TaskError::permanent(format!(
            "this plugin needs the configuration value {name:?}: add it to the plugin's grant \
             (as config, or as a secret), then retry the job"
        ))
    })
}
