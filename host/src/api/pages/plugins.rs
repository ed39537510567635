//! `/plugins`: the plugins and their grants. The values of secrets are not available here.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::frame::Frame;
use super::show::{self, PageProblem};
use super::time::When;
use crate::api::Api;
use crate::api::access::Viewer;
use crate::api::problem::{FieldError, Problem};
use crate::api::read::{Params, PathName, RawBody, Unreceived};
use crate::domain::{
    ByteSize, Digest, Grant, HostRule, Limits, Plugin, PluginName, PluginVersion, TaskSpec, Timestamp,
};
use crate::plugins::PluginView;

#[derive(Template)]
#[template(path = "plugins.html")]
struct PluginsPage {
    frame: Frame,
    plugins: Vec<PluginCard>,
}

struct PluginCard {
    name: String,
    active: Option<u32>,
    versions: Vec<VersionRow>,
    digest: String,
    size: String,
    uploaded: When,
    tasks: Vec<TaskLine>,
    hosts: Vec<String>,
    secrets: Vec<String>,
    limits: Vec<(&'static str, String)>,
}

/// One version.
struct VersionRow {
    version: u32,
    digest: String,
    size: String,
    uploaded: When,
    is_active: bool,
    /// Whether it is older than the active one: to activate it is to roll back.
    is_older: bool,
}

struct TaskLine {
    name: String,
    description: String,
}

/// The page.
pub(super) async fn show(State(api): State<Api>, viewer: Viewer) -> Response {
    let now = api.clock.now();
    let plugins = api.plugins.list().iter().filter_map(|view| PluginCard::new(view, now)).collect();
    show::page(StatusCode::OK, &PluginsPage { frame: Frame::of(&api, &viewer, "plugins"), plugins })
}

impl PluginCard {
    fn new(view: &PluginView, now: Timestamp) -> Option<Self> {
        let plugin = &view.plugin;
        let shown: &PluginVersion = plugin.active_version().or(plugin.versions.last())?;
        Some(Self {
            name: plugin.name.to_string(),
            active: plugin.active,
            versions: versions(plugin, now),
            digest: short(&shown.digest),
            size: size(shown.size_bytes),
            uploaded: When::new(shown.uploaded_at, now),
            tasks: shown.tasks.iter().map(TaskLine::from).collect(),
            hosts: view.grant.hosts.iter().map(host_line).collect(),
            secrets: view.grant.secrets.iter().map(|rule| rule.name.to_string()).collect(),
            limits: limit_lines(&view.grant),
        })
    }
}

/// The newest versions that are shown.
const VERSIONS_MAX: usize = 20;

fn versions(plugin: &Plugin, now: Timestamp) -> Vec<VersionRow> {
    let row = |version: &PluginVersion| VersionRow {
        version: version.version,
        digest: short(&version.digest),
        size: size(version.size_bytes),
        uploaded: When::new(version.uploaded_at, now),
        is_active: plugin.active == Some(version.version),
        is_older: plugin.active.is_some_and(|active| version.version < active),
    };
    plugin.versions.iter().rev().take(VERSIONS_MAX).map(row).collect()
}

fn short(digest: &Digest) -> String {
    digest.to_hex().chars().take(12).collect()
}

/// Activates a version, then shows the plugins again.
pub(super) async fn activate(
    State(api): State<Api>,
    PathName(name): PathName<PluginName>,
    body: Result<RawBody, Unreceived>,
) -> Result<Response, PageProblem> {
    let body = body.map_err(Problem::from)?;
    let mut params = Params::of(&body.bytes);
    let version: Option<u32> =
        params.read("version", |text| text.parse().map_err(|_| "is no number".to_owned()));
    params.finish()?;
    let missing = || Problem::parameters(vec![FieldError::parameter("version", "is missing")]);
    api.plugins.activate(name.clone(), version.ok_or_else(missing)?).await?;
    Ok(Redirect::to(&format!("/plugins#{name}")).into_response())
}

/// Removes a plugin with its versions and its grant, then shows the others.
pub(super) async fn remove(
    State(api): State<Api>,
    PathName(name): PathName<PluginName>,
) -> Result<Response, PageProblem> {
    api.plugins.remove(name).await?;
    Ok(Redirect::to("/plugins").into_response())
}

impl From<&TaskSpec> for TaskLine {
    fn from(task: &TaskSpec) -> Self {
        Self { name: task.name.to_string(), description: task.description.clone() }
    }
}

/// A line of a grant, such as `POST https://partner.example/orders`.
pub(super) fn host_line(rule: &HostRule) -> String {
    let methods = if rule.methods.is_empty() { "any method".to_owned() } else { rule.methods.join(", ") };
    let path = if rule.path == "/" { "" } else { &rule.path };
    format!("{methods} {}{path}", rule.url)
}

fn limit_lines(grant: &Grant) -> Vec<(&'static str, String)> {
    let limits = grant.limits.resolve();
    Limits::TABLE.iter().map(|limit| (limit.title, (limit.text)(&limits))).collect()
}

/// A size in a form that is easy to read, rounded.
pub(super) fn size(bytes: u64) -> String {
    const GIB: u64 = 1 << 30;
    const MIB: u64 = 1 << 20;
    const KIB: u64 = 1 << 10;
    match bytes {
        GIB.. => format!("{:.1} GiB", bytes as f64 / GIB as f64),
        MIB.. if bytes.is_multiple_of(MIB) => format!("{} MiB", bytes / MIB),
        MIB.. => format!("{:.1} MiB", bytes as f64 / MIB as f64),
        KIB.. => format!("{} KiB", bytes / KIB),
        _ => ByteSize(bytes).to_string(),
    }
}
