//! A plugin outside.

use serde::Serialize;
use utoipa::ToSchema;

use super::GrantBody;
use super::raw_json::RawJson;
use crate::api::read::{Read, Value};
use crate::domain::{Code, Digest, PluginVersion, TaskSpec, format_duration};
use crate::plugins::{PluginView, Uploaded};

/// A version of a plugin, by name.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PluginRef)]
pub(super) struct PluginRefBody {
    name: String,
    version: u32,
    #[schema(example = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    digest: String,
}

/// A plugin, with the details of its active version, or of its latest while none is active.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Plugin)]
pub(in crate::api) struct PluginBody {
    name: String,
    /// The version that new attempts use; null while none is active.
    active_version: Option<u32>,
    latest_version: u32,
    digest: String,
    /// Size of the component in bytes.
    size: u64,
    tasks: Vec<TaskBody>,
    /// The interfaces that it imports.
    imports: Vec<String>,
    grant: GrantBody,
    #[schema(format = DateTime)]
    uploaded_at: String,
}

/// One version of a plugin.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PluginVersion)]
pub(in crate::api) struct VersionBody {
    name: String,
    version: u32,
    /// Whether new attempts use it.
    active: bool,
    digest: String,
    /// Size of the component in bytes.
    size: u64,
    tasks: Vec<TaskBody>,
    /// The interfaces that it imports.
    imports: Vec<String>,
    #[schema(format = DateTime)]
    uploaded_at: String,
}

/// The version of an upload.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UploadedVersion)]
pub(in crate::api) struct UploadedBody {
    #[serde(flatten)]
    version: VersionBody,
    /// The grant that the component asks for, if it carries one.
    wanted_grant: Option<GrantBody>,
    /// What of that the grant of the plugin does not give; null when it gives all.
    lacking_grant: Option<GrantBody>,
}

/// A task, and its defaults for jobs.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Task)]
struct TaskBody {
    name: String,
    description: String,
    /// A JSON Schema.
    #[schema(value_type = Option<serde_json::Value>)]
    input_schema: Option<RawJson>,
    /// A JSON Schema.
    #[schema(value_type = Option<serde_json::Value>)]
    output_schema: Option<RawJson>,
    max_attempts: Option<u32>,
    timeout: Option<String>,
    queue: Option<String>,
}

/// The version to activate.
#[derive(ToSchema)]
#[schema(as = Activation)]
#[allow(dead_code, reason = "describes what `read_activation` reads")]
pub(in crate::api) struct ActivationBody {
    version: u32,
}

/// Reads the version to activate.
pub(in crate::api) fn read_activation(value: Value<'_>) -> Read<u32> {
    let mut fields = value.object()?;
    let version = fields.required("version", Value::integer);
    fields.finish(|| version)
}

impl VersionBody {
    /// A version of a plugin.
    pub(in crate::api) fn new(version: &PluginVersion, active: bool) -> Self {
        Self {
            name: version.name.to_string(),
            version: version.version,
            active,
            digest: version.digest.to_string(),
            size: version.size_bytes,
            tasks: version.tasks.iter().map(TaskBody::from).collect(),
            imports: version.imports.clone(),
            uploaded_at: version.uploaded_at.to_string(),
        }
    }
}

impl From<&Uploaded> for UploadedBody {
    fn from(uploaded: &Uploaded) -> Self {
        let wanted = uploaded.wanted.as_ref();
        let lacking = wanted.map(|wanted| &wanted.lacking).filter(|lacking| !lacking.is_empty());
        Self {
            version: VersionBody::new(&uploaded.version, uploaded.active),
            wanted_grant: wanted.map(|wanted| GrantBody::from(&wanted.grant)),
            lacking_grant: lacking.map(GrantBody::from),
        }
    }
}

impl PluginBody {
    /// A plugin; `None` if it has no version.
    pub(in crate::api) fn new(view: &PluginView) -> Option<Self> {
        let plugin = &view.plugin;
        let latest = plugin.versions.last()?;
        let shown = plugin.active_version().unwrap_or(latest);
        Some(Self {
            name: plugin.name.to_string(),
            active_version: plugin.active,
            latest_version: latest.version,
            digest: shown.digest.to_string(),
            size: shown.size_bytes,
            tasks: shown.tasks.iter().map(TaskBody::from).collect(),
            imports: shown.imports.clone(),
            grant: GrantBody::from(&view.grant),
            uploaded_at: shown.uploaded_at.to_string(),
        })
    }
}

impl From<&Code> for PluginRefBody {
    fn from(code: &Code) -> Self {
        let (version, digest) = match code {
            Code::Plugin(plugin) => (plugin.version, plugin.digest),
            // The host's tasks have no component. The API has a version and a digest for each job that started.
            Code::Host(task) => (1, Digest::of(task.as_str().as_bytes())),
        };
        Self { name: code.grantee().to_string(), version, digest: digest.to_string() }
    }
}

impl From<&TaskSpec> for TaskBody {
    fn from(task: &TaskSpec) -> Self {
        Self {
            name: task.name.to_string(),
            description: task.description.clone(),
            input_schema: task.input_schema.as_ref().map(RawJson::from),
            output_schema: task.output_schema.as_ref().map(RawJson::from),
            max_attempts: task.max_attempts,
            timeout: task.timeout.map(format_duration),
            queue: task.queue.as_ref().map(ToString::to_string),
        }
    }
}
