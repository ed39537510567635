//! `/plugins`: the plugins and their grants. The values of secrets are not available here.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::assets::Links;
use super::show;
use super::time::When;
use crate::api::Api;
use crate::domain::{ByteSize, Grant, HostRule, Limits, PluginVersion, TaskSpec, Timestamp};
use crate::plugins::PluginView;

#[derive(Template)]
#[template(path = "plugins.html")]
struct PluginsPage {
    links: Links,
    here: &'static str,
    plugins: Vec<PluginCard>,
}

struct PluginCard {
    name: String,
    active: Option<u32>,
    versions: usize,
    digest: String,
    size: String,
    uploaded: When,
    tasks: Vec<TaskLine>,
    hosts: Vec<String>,
    secrets: Vec<String>,
    limits: Vec<(&'static str, String)>,
}

struct TaskLine {
    name: String,
    description: String,
}

/// The page.
pub(super) async fn show(State(api): State<Api>) -> Response {
    let now = api.clock.now();
    let plugins = api.plugins.list().iter().filter_map(|view| PluginCard::new(view, now)).collect();
    show::page(StatusCode::OK, &PluginsPage { links: Links::get(), here: "plugins", plugins })
}

impl PluginCard {
    fn new(view: &PluginView, now: Timestamp) -> Option<Self> {
        let plugin = &view.plugin;
        let shown: &PluginVersion = plugin.active_version().or(plugin.versions.last())?;
        Some(Self {
            name: plugin.name.to_string(),
            active: plugin.active,
            versions: plugin.versions.len(),
            digest: shown.digest.to_hex().chars().take(12).collect(),
            size: size(shown.size_bytes),
            uploaded: When::new(shown.uploaded_at, now),
            tasks: shown.tasks.iter().map(TaskLine::from).collect(),
            hosts: view.grant.hosts.iter().map(host_line).collect(),
            secrets: view.grant.secrets.iter().map(|rule| rule.name.to_string()).collect(),
            limits: limit_lines(&view.grant),
        })
    }
}

impl From<&TaskSpec> for TaskLine {
    fn from(task: &TaskSpec) -> Self {
        Self { name: task.name.to_string(), description: task.description.clone() }
    }
}

fn host_line(rule: &HostRule) -> String {
    let methods = if rule.methods.is_empty() { "any method".to_owned() } else { rule.methods.join(", ") };
    let path = if rule.path == "/" { "" } else { &rule.path };
    format!("{methods} {}{path}", rule.url)
}

fn limit_lines(grant: &Grant) -> Vec<(&'static str, String)> {
    let limits = grant.limits.resolve();
    Limits::TABLE.iter().map(|limit| (limit.title, (limit.text)(&limits))).collect()
}

/// A size in a form that is easy to read, rounded.
fn size(bytes: u64) -> String {
    const MIB: u64 = 1 << 20;
    const KIB: u64 = 1 << 10;
    match bytes {
        MIB.. if bytes.is_multiple_of(MIB) => format!("{} MiB", bytes / MIB),
        MIB.. => format!("{:.1} MiB", bytes as f64 / MIB as f64),
        KIB.. => format!("{} KiB", bytes / KIB),
        _ => ByteSize(bytes).to_string(),
    }
}
