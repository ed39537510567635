//! `taskbox plugin push`: upload a component as a new version, and say what it is and what it asks for.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;

use super::{found, progress, put_grant, read, watching};
use crate::cli::UsageError;
use crate::cli::client::Client;
use crate::cli::out::{note, say};
use crate::cli::show;
use crate::domain::{Grant, PluginName};

/// A grant that a plugin asks for, beside its file.
const WANTED_FILE: &str = "grant.json";

/// What to upload, and how.
#[derive(Debug, Args)]
pub(in crate::cli) struct PushArgs {
    /// Name of the plugin; without it that of the file, with dashes for underscores.
    name: Option<String>,
    /// File of the component.
    #[arg(required = true)]
    file: Option<PathBuf>,
    /// Keep the active version.
    #[arg(long)]
    no_activate: bool,
    /// First replace the grant of the plugin by the contents of this JSON file.
    #[arg(long, value_name = "FILE")]
    grant: Option<PathBuf>,
    /// Push again whenever the file has changed.
    #[arg(long)]
    watch: bool,
}

/// One upload, which can be repeated.
struct Push {
    name: PluginName,
    file: PathBuf,
    no_activate: bool,
    grant: Option<PathBuf>,
}

pub(super) async fn run(args: PushArgs, client: &Client, json: bool) -> anyhow::Result<()> {
    let watch = args.watch;
    let push = Push::new(args)?;
    if !watch {
        return push.once(client, json).await;
    }
    // From before the first upload: what changes during it is pushed as well.
    let mut changes = watching::Changes::of(&push.file)?;
    loop {
        if let Err(error) = push.once(client, json).await {
            note!("taskbox: {error:#}");
        }
        note!("waiting for a change of {}", push.file.display());
        changes.next().await?;
    }
}

impl Push {
    fn new(args: PushArgs) -> anyhow::Result<Self> {
        let PushArgs { name, file, no_activate, grant, watch: _ } = args;
        let file = file.context("no file is named")?;
        let name = match name {
            Some(name) => name,
            None => name_of(&file)?,
        };
        let name =
            name.parse().map_err(|error| UsageError(format!("{name:?} cannot name a plugin: {error}")))?;
        Ok(Self { name, file, no_activate, grant })
    }

    async fn once(&self, client: &Client, json: bool) -> anyhow::Result<()> {
        let component = read(&self.file).await?;
        // Before the upload: the first attempts of the new version shall have it.
        if let Some(grant) = &self.grant {
            put_grant(client, self.name.as_str(), grant).await?;
        }
        let query = if self.no_activate { "?activate=false" } else { "" };
        let path = format!("/v1/plugins/{}{query}", self.name);
        let uploaded = progress::upload(client, &path, component).await?;
        if json {
            show::json(&uploaded);
            return Ok(());
        }
        found::say_version(&uploaded);
        self.say_lacking(client, &uploaded).await?;
        found::say_first_job(&uploaded);
        Ok(())
    }

    /// Says what the plugin asks for and its grant does not give.
    async fn say_lacking(
        &self,
        client: &Client,
        uploaded: &crate::cli::answer::Answer,
    ) -> anyhow::Result<()> {
        let beside = self.file.parent().unwrap_or(Path::new("")).join(WANTED_FILE);
        let written = |file: &Path| format!("taskbox plugin grant {} {}", self.name, file.display());
        let (lacking, by) = match tokio::fs::read(&beside).await {
            Ok(wanted) => {
                let wanted: Grant = serde_json::from_slice(&wanted)
                    .with_context(|| format!("{} is no grant", beside.display()))?;
                let given = client.get(&format!("/v1/plugins/{}/grant", self.name)).await?;
                let given: Grant = serde_json::from_str(given.root().json().get())?;
                (Some(given.lacking(&wanted)), written(&beside))
            }
            // There is none, or none that can be read.
            Err(_) => {
                let lacking = uploaded.at("/lacking_grant").filter(|lacking| !lacking.is_empty());
                let lacking =
                    lacking.map(|lacking| serde_json::from_str(lacking.json().get())).transpose()?;
                (lacking, written(Path::new("FILE")))
            }
        };
        if let Some(lacking) = lacking.filter(|lacking: &Grant| !lacking.is_empty()) {
            say!("\nIt asks for what its grant does not give:");
            say!("{}", found::grant_lines(&lacking));
            say!("Grant it all, if you trust it: {by}");
        }
        Ok(())
    }
}

/// The name of a plugin by its file: `create_order.wasm` is `create-order`.
fn name_of(file: &Path) -> anyhow::Result<String> {
    let stem = file.file_stem().and_then(|stem| stem.to_str());
    let stem = stem.with_context(|| format!("{} names no plugin; give a name before it", file.display()))?;
    Ok(stem.replace('_', "-").to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plugin_is_named_like_its_file() {
        for (file, name) in [("a/create_order.wasm", "create-order"), ("mail.wasm", "mail"), ("App", "app")] {
            assert_eq!(name_of(Path::new(file)).unwrap(), name);
        }
        assert!(name_of(Path::new("/")).unwrap_err().to_string().contains("names no plugin"));
    }
}
