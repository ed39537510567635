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
    /// Names its bytes.
    pub digest: Digest,
    /// How many bytes it has.
    pub size_bytes: u64,
    /// What it offers.
    pub tasks: Vec<TaskSpec>,
    /// The interfaces it imports.
    pub imports: Vec<String>,
    /// When it was uploaded.
    pub uploaded_at: Timestamp,
}

/// A plugin under its name: all its versions, and which one new attempts use.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Plugin {
    /// Its name.
    pub name: PluginName,
    /// The version of new attempts; none while all are only added.
    pub active: Option<u32>,
    /// All versions, oldest first.
    pub versions: Vec<PluginVersion>,
}

impl Plugin {
    /// The version of new attempts.
    pub fn active_version(&self) -> Option<&PluginVersion> {
        self.versions.iter().find(|version| Some(version.version) == self.active)
    }
}

/// Names one version of a plugin: which code an attempt ran.
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

/// What one task is, and what it wants when the submitter says nothing (`task-spec` in `wit/task.wit`).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TaskSpec {
    /// The task's name.
    pub name: TaskName,
    /// What it does, in a sentence.
    pub description: String,
    /// JSON Schema of its input.
    pub input_schema: Option<Json>,
    /// JSON Schema of its output.
    pub output_schema: Option<Json>,
    /// How many attempts a job gets, 1 to 1000.
    pub max_attempts: Option<u32>,
    /// Wall time of one attempt.
    pub timeout: Option<Duration>,
    /// Where its jobs wait.
    pub queue: Option<QueueName>,
}
