//! `taskbox plugin push`: upload a component as a new version.

use std::path::PathBuf;

use clap::Args;

use super::read;
use crate::cli::client::Client;
use crate::cli::show;

/// What to upload, and how.
#[derive(Debug, Args)]
pub(in crate::cli) struct PushArgs {
    /// Name of the plugin.
    name: String,
    /// File of the component.
    file: PathBuf,
    /// Keep the active version.
    #[arg(long)]
    no_activate: bool,
}

pub(super) async fn run(args: PushArgs, client: &Client, json: bool) -> anyhow::Result<()> {
    let PushArgs { name, file, no_activate } = args;
    let component = read(&file).await?;
    let query = if no_activate { "?activate=false" } else { "" };
    show::one(&client.put_bytes(&format!("/v1/plugins/{name}{query}"), component).await?, json);
    Ok(())
}
