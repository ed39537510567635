//! The values that the operator granted to this plugin: its settings and its secrets.
//!
//! A secret arrives as a placeholder. Send it in a header as if it were the secret itself; the host
//! puts the real value in its place, for the hosts that the secret is bound to and for no other.

use crate::TaskError;
use crate::bindings::wasi::config::store;

/// The value of this name, or `None` where the operator granted none.
pub fn get(name: &str) -> Result<Option<String>, TaskError> {
    store::get(name)
        .map_err(|error| TaskError::retryable(format!("the configuration could not be read: {error:?}")))
}

/// The value of this name. Without it the attempt fails for good, because only a person can add it.
pub fn require(name: &str) -> Result<String, TaskError> {
    get(name)?.ok_or_else(|| {
        TaskError::permanent(format!(
            "this plugin needs the configuration value {name:?}: add it to the plugin's grant \
             (as config, or as a secret), then retry the job"
        ))
    })
}
