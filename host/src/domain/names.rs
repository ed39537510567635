//! Names that people choose, which are checked once on input and trusted afterwards.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize};

/// The longest name, in characters.
const NAME_LENGTH_MAX: usize = 64;

/// The error of a text that is not a name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not {what}: 1 to 64 characters of a-z, 0-9, '-', '_' and '.', beginning with a letter")]
pub struct NameError {
    what: &'static str,
    text: String,
}

fn is_name(text: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.');
    text.len() <= NAME_LENGTH_MAX
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.chars().all(allowed)
}

macro_rules! name {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                if is_name(text) {
                    Ok(Self(text.into()))
                } else {
                    Err(NameError { what: $what, text: text.chars().take(2 * NAME_LENGTH_MAX).collect() })
                }
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, f)
            }
        }
    };
}

name!(
    /// A named kind of work that a plugin offers.
    TaskName,
    "a task name"
);
name!(
    /// The name under which an operator uploads a plugin.
    PluginName,
    "a plugin name"
);
name!(
    /// The name of a queue, in which jobs wait.
    QueueName,
    "a queue name"
);
name!(
    /// The name of a secret; also the config key under which a plugin finds its placeholder.
    SecretName,
    "a secret name"
);
name!(
    /// The name of an external event that a task waits for.
    EventName,
    "an event name"
);
name!(
    /// The name of a schedule.
    ScheduleName,
    "a schedule name"
);

impl Default for QueueName {
    /// The queue of a job that names none: `default`.
    fn default() -> Self {
        Self("default".into())
    }
}

/// The prefix of the names of the host's own tasks and queues.
const RESERVED: &str = "taskbox.";

impl TaskName {
    /// Whether it is reserved for a task of the host, which no plugin may offer and no caller may submit.
    pub fn is_reserved(&self) -> bool {
        self.as_str().starts_with(RESERVED)
    }
}

impl QueueName {
    /// Whether it is reserved for a queue of the host, to which no caller may submit.
    pub fn is_reserved(&self) -> bool {
        self.as_str().starts_with(RESERVED)
    }
}

impl PluginName {
    /// Whether it is reserved for the host, so that no plugin can be uploaded under it.
    pub fn is_reserved(&self) -> bool {
        self.as_str().starts_with(RESERVED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_what_the_field_uses() {
        for good in ["create-order", "a", "mail.send_welcome", "v2"] {
            assert_eq!(good.parse::<TaskName>().unwrap().as_str(), good);
        }
    }

    #[test]
    fn refuses_the_rest_and_says_what_would_be_right() {
        for bad in ["", "Order", "1st", "-x", "a b", "a/b", "ä", &"x".repeat(65)] {
            let error = bad.parse::<TaskName>().unwrap_err().to_string();
            assert!(
                error.contains("is not a task name") && error.contains("beginning with a letter"),
                "{error}"
            );
        }
    }
}
