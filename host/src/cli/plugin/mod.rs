//! `taskbox plugin`: test, upload, activate, grant and remove plugins.

mod changes;
pub(super) mod dev;
mod found;
mod functions;
mod layout;
mod new;
mod progress;
mod push;
mod schema_text;
mod size_text;
mod test;

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Subcommand;
use clap_complete::engine::ArgValueCandidates;
use serde_json::json;
use serde_json::value::RawValue;

use super::UsageError;
use super::answer::Answer;
use super::client::Client;
use super::known;
use super::no_host::no_host_flags;
use super::remote::Remote;
use super::show::{self, Column, column};

/// The grant that a plugin asks for, beside its file.
const GRANT_FILE: &str = "grant.json";

const COLUMNS: [Column; 5] = [
    column("NAME", "/name"),
    column("ACTIVE", "/active_version").number(),
    column("LATEST", "/latest_version").number(),
    column("TASKS", "/tasks"),
    column("UPLOADED", "/uploaded_at").time(),
];

/// Commands on plugins. Those that need no host stand beside [`HostCommand`], with
/// `#[command(args(no_host_flags()))]`.
#[derive(Debug, Subcommand)]
pub(super) enum PluginCommand {
    /// Make a project of a plugin, which builds at once.
    #[command(args(no_host_flags()))]
    New(new::NewArgs),
    /// Run one attempt of a task in the sandbox of a host, without a host; or a file of cases.
    #[command(args(no_host_flags()))]
    Test(Box<test::TestArgs>),
    #[command(flatten)]
    Host(HostCommand),
}

const PUSH_EXAMPLES: &str = "Examples:
  taskbox plugin push .
  taskbox plugin push greet target/wasm32-wasip2/release/greet.wasm --no-activate
  taskbox plugin push . --watch";

const GRANT_EXAMPLES: &str = "Examples:
  taskbox plugin grant greet > grant.json
  taskbox plugin grant greet grant.json";

/// Commands on the plugins of a running host.
#[derive(Debug, Subcommand)]
pub(super) enum HostCommand {
    /// Build a plugin, upload it as a new version, and activate it for new attempts.
    #[command(allow_missing_positional = true, after_help = PUSH_EXAMPLES)]
    Push(push::PushArgs),
    /// List plugins.
    List,
    /// Show a plugin and its versions.
    Show {
        /// Name of the plugin.
        #[arg(add = ArgValueCandidates::new(known::plugins))]
        name: String,
    },
    /// Activate a version; running jobs finish on theirs.
    Activate {
        /// Name of the plugin.
        #[arg(add = ArgValueCandidates::new(known::plugins))]
        name: String,
        /// Number of the version.
        version: u32,
    },
    /// Show the grant of a plugin, or replace it by the contents of a JSON file.
    #[command(after_help = GRANT_EXAMPLES)]
    Grant {
        /// Name of the plugin.
        #[arg(add = ArgValueCandidates::new(known::plugins))]
        name: String,
        /// JSON file of the new grant; without it the grant is shown.
        file: Option<PathBuf>,
    },
    /// Remove a plugin with all its versions and its grant.
    Rm {
        /// Name of the plugin.
        #[arg(add = ArgValueCandidates::new(known::plugins))]
        name: String,
    },
}

pub(super) async fn run(command: PluginCommand, remote: &Remote) -> anyhow::Result<()> {
    match command {
        PluginCommand::New(args) => new::run(&args),
        PluginCommand::Test(args) => test::run(*args).await,
        PluginCommand::Host(command) => call(command, &remote.client()?, remote.json).await,
    }
}

async fn call(command: HostCommand, client: &Client, json: bool) -> anyhow::Result<()> {
    match command {
        HostCommand::Push(args) => push::run(args, client, json).await?,
        HostCommand::List => show::list(&client.get("/v1/plugins").await?, json, &COLUMNS),
        HostCommand::Show { name } => {
            show::one_as(&client.get(&format!("/v1/plugins/{name}")).await?, json, &layout::PLUGIN);
        }
        HostCommand::Activate { name, version } => {
            let body = json!({ "version": version });
            let plugin = client.put(&format!("/v1/plugins/{name}/active"), &body).await?;
            show::one_as(&plugin, json, &layout::PLUGIN);
        }
        HostCommand::Grant { name, file: None } => {
            show::json(&client.get(&format!("/v1/plugins/{name}/grant")).await?);
        }
        HostCommand::Grant { name, file: Some(file) } => {
            show::json(&put_grant(client, &name, &file).await?);
        }
        HostCommand::Rm { name } => client.delete(&format!("/v1/plugins/{name}")).await?,
    }
    Ok(())
}

/// The path of a file in the folder of a plugin, which is the source itself or holds it.
fn beside(source: &Path, file: &str) -> PathBuf {
    let folder = if source.is_dir() { Some(source) } else { source.parent() };
    folder.unwrap_or(Path::new("")).join(file)
}

/// Replaces the grant of a plugin by the contents of a file.
async fn put_grant(client: &Client, name: &str, file: &Path) -> anyhow::Result<Answer> {
    let grant = read(file).await?;
    let grant: &RawValue = serde_json::from_slice(&grant)
        .map_err(|error| UsageError(format!("{} is not JSON: {error}", file.display())))?;
    client.put(&format!("/v1/plugins/{name}/grant"), &grant).await
}

async fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    tokio::fs::read(file).await.with_context(|| format!("cannot read {}", file.display()))
}
