//! The code that runs a task.

use std::fmt;
use std::sync::LazyLock;

use super::closed_set::closed_set;
use super::{PluginName, PluginRef, TaskName};

/// The code that runs a task, which a claim names for each of its jobs.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Code {
    /// The host itself.
    Host(HostTask),
    /// A version of a plugin.
    Plugin(PluginRef),
}

closed_set! {
    /// A task that the host itself runs. No plugin may offer it.
    pub enum HostTask {
        /// Sends the webhook of a job.
        Webhook = "taskbox.webhook",
    }
}

impl HostTask {
    /// The host's task of this name.
    pub fn of(task: &TaskName) -> Option<Self> {
        task.as_str().parse().ok()
    }

    /// The name of the task.
    pub fn task(self) -> TaskName {
        self.as_str().parse().expect("it is a name")
    }

    /// The name under which it has a grant.
    pub fn grantee(self) -> &'static PluginName {
        static WEBHOOK: LazyLock<PluginName> =
            LazyLock::new(|| HostTask::Webhook.as_str().parse().expect("it is a name"));
        match self {
            Self::Webhook => &WEBHOOK,
        }
    }
}

impl Code {
    /// The name whose grant holds for the code, limits included.
    pub fn grantee(&self) -> &PluginName {
        match self {
            Self::Host(task) => task.grantee(),
            Self::Plugin(plugin) => &plugin.name,
        }
    }

    /// The version of a plugin, if it is one.
    pub fn plugin(&self) -> Option<&PluginRef> {
        match self {
            Self::Host(_) => None,
            Self::Plugin(plugin) => Some(plugin),
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host(task) => task.fmt(f),
            Self::Plugin(plugin) => plugin.fmt(f),
        }
    }
}
