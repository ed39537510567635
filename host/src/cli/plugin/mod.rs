//! `taskbox plugin`: upload, activate, grant and remove plugins.

mod push;

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Subcommand;
use serde_json::json;
use serde_json::value::RawValue;

use super::UsageError;
use super::client::Client;
use super::show::{self, Column, column};

const COLUMNS: [Column; 5] = [
    column("NAME", "/name"),
    column("ACTIVE", "/active_version"),
    column("LATEST", "/latest_version"),
    column("TASKS", "/tasks"),
    column("UPLOADED", "/uploaded_at"),
];

/// Commands on plugins.
#[derive(Debug, Subcommand)]
pub(super) enum PluginCommand {
    /// Upload a component as a new version and activate it for new attempts.
    Push(push::PushArgs),
    /// List plugins.
    List,
    /// Show a plugin and its versions.
    Show {
        /// Name of the plugin.
        name: String,
    },
    /// Activate a version; running jobs finish on theirs.
    Activate {
        /// Name of the plugin.
        name: String,
        /// Number of the version.
        version: u32,
    },
    /// Show the grant of a plugin, or replace it by the contents of a JSON file.
    Grant {
        /// Name of the plugin.
        name: String,
        /// JSON file of the new grant; without it the grant is shown.
        file: Option<PathBuf>,
    },
    /// Remove a plugin with all its versions and its grant.
    Rm {
        /// Name of the plugin.
        name: String,
    },
}

pub(super) async fn run(command: PluginCommand, client: &Client, json: bool) -> anyhow::Result<()> {
    match command {
        PluginCommand::Push(args) => push::run(args, client, json).await?,
        PluginCommand::List => show::list(&client.get("/v1/plugins").await?, json, &COLUMNS),
        PluginCommand::Show { name } => show::one(&client.get(&format!("/v1/plugins/{name}")).await?, json),
        PluginCommand::Activate { name, version } => {
            let body = json!({ "version": version });
            show::one(&client.put(&format!("/v1/plugins/{name}/active"), &body).await?, json);
        }
        PluginCommand::Grant { name, file: None } => {
            show::json(&client.get(&format!("/v1/plugins/{name}/grant")).await?);
        }
        PluginCommand::Grant { name, file: Some(file) } => {
            let grant = read(&file).await?;
            let grant: &RawValue = serde_json::from_slice(&grant)
                .map_err(|error| UsageError(format!("{} is not JSON: {error}", file.display())))?;
            show::json(&client.put(&format!("/v1/plugins/{name}/grant"), &grant).await?);
        }
        PluginCommand::Rm { name } => client.delete(&format!("/v1/plugins/{name}")).await?,
    }
    Ok(())
}

async fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    tokio::fs::read(file).await.with_context(|| format!("cannot read {}", file.display()))
}
