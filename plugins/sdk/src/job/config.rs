//! The values that the operator granted to the plugin.

use crate::{Job, OrFail, TaskError};

/// # Configuration
///
/// What the operator granted to the plugin: values of its config, and secrets. The value of a secret is a placeholder. Send
/// it in a header like the secret itself; the host replaces it with the real value, only in requests to the hosts that the
/// secret is bound to.
///
/// ```
/// # use taskbox_task::{Job, TaskError};
/// # fn main() -> Result<(), TaskError> {
/// let job = Job::for_test().with_config("currency", "EUR").with_secret("api-key", "<key>");
/// assert_eq!(job.config("currency")?, "EUR");
/// assert_eq!(job.optional_config("language")?, None);
/// assert_eq!(job.secret("api-key")?, "<key>");
///
/// let error = job.config("shop").unwrap_err();
/// assert!(error.to_string().contains("\"shop\""));
/// # Ok(())
/// # }
/// ```
impl Job {
    /// The value of this name. Without it the job fails permanently, because only an operator can add it.
    pub fn config(&self, name: &str) -> Result<String, TaskError> {
        self.optional_config(name)?.ok_or_else(|| missing("configuration value", name, "config"))
    }

    /// The value of this name, or `None` if the operator granted none.
    pub fn optional_config(&self, name: &str) -> Result<Option<String>, TaskError> {
        self.host.granted(name).or_retry("the configuration could not be read")
    }

    /// The placeholder of the secret of this name. Without it the job fails permanently, because only an operator can add it.
    pub fn secret(&self, name: &str) -> Result<String, TaskError> {
        self.optional_config(name)?.ok_or_else(|| missing("secret", name, "secrets"))
    }
}

fn missing(what: &str, name: &str, field: &str) -> TaskError {
    TaskError::permanent(format!(
        "this plugin needs the {what} {name:?}: add it to `{field}` in the plugin's grant, then retry the job"
    ))
}
