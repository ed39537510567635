//! A plugin: an uploaded component that offers tasks.

use std::fmt;
use std::time::Duration;

use super::{Digest, Json, PluginName, QueueName, TaskName, Timestamp};

/// One version of a plugin. It never changes.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct PluginVersion {
    /// The plugin's name.
    pub name: PluginName,
    /// 1 for the first upload under this name.
    pub version: u32,
    /// Digest of the component.
    pub digest: Digest,
    /// Size of the component in bytes.
    pub size_bytes: u64,
    /// Its tasks.
    pub tasks: Vec<TaskSpec>,
    /// The interfaces it imports.
    pub imports: Vec<String>,
    /// Time of the upload.
    pub uploaded_at: Timestamp,
}

/// A plugin: all its versions, and the active one.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Plugin {
    /// Its name.
    pub name: PluginName,
    /// The version that new attempts use; `None` while none is active.
    pub active: Option<u32>,
    /// All versions, oldest first.
    pub versions: Vec<PluginVersion>,
}

impl Plugin {
    /// The version that new attempts use.
    pub fn active_version(&self) -> Option<&PluginVersion> {
        self.versions.iter().find(|version| Some(version.version) == self.active)
    }
}

/// A reference to the version of a plugin that an attempt ran.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct PluginRef {
    /// The plugin's name.
    pub name: PluginName,
    /// Its version.
    pub version: u32,
    /// Its bytes.
    pub digest: Digest,
}

impl From<&PluginVersion> for PluginRef {
    fn from(version: &PluginVersion) -> Self {
        Self { name: version.name.clone(), version: version.version, digest: version.digest }
    }
}

impl fmt::Display for PluginRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.name, self.version)
    }
}

/// The specification of a task, with its defaults for jobs (`task-spec` in `wit/task.wit`).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TaskSpec {
    /// The task's name.
    pub name: TaskName,
    /// Its purpose, in a sentence.
    pub description: String,
    /// JSON Schema of its input.
    pub input_schema: Option<Json>,
    /// JSON Schema of its output.
    pub output_schema: Option<Json>,
    /// Number of attempts of a job, 1 to 1000.
    pub max_attempts: Option<u32>,
    /// Wall time of one attempt.
    pub timeout: Option<Duration>,
    /// The queue of its jobs.
    pub queue: Option<QueueName>,
}
