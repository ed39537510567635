//! `taskbox plugin push`: build a plugin, upload it as a new version, and say what it is and what it asks for.

use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::Args;

use super::changes::Changes;
use super::{GRANT_FILE, beside, found, progress, put_grant, read};
use crate::cli::answer::Answer;
use crate::cli::client::Client;
use crate::cli::out::{note, say};
use crate::cli::{building, show};
use crate::domain::{Grant, PluginName};

/// What to upload, and how.
#[derive(Debug, Args)]
pub(in crate::cli) struct PushArgs {
    /// Name of the plugin; without it, that of its project or file.
    name: Option<PluginName>,
    /// A component, a file of Python or JavaScript, or the folder of a plugin, which is built.
    source: PathBuf,
    /// Keep the active version.
    #[arg(long)]
    no_activate: bool,
    /// First replace the grant of the plugin by the contents of this JSON file.
    #[arg(long, value_name = "FILE")]
    grant: Option<PathBuf>,
    /// Push again whenever the file, or a file in the folder, has changed.
    #[arg(long)]
    watch: bool,
}

/// One upload, which can be repeated.
struct Push {
    name: Option<PluginName>,
    source: PathBuf,
    no_activate: bool,
    grant: Option<PathBuf>,
}

pub(super) async fn run(args: PushArgs, client: &Client, json: bool) -> anyhow::Result<()> {
    let watch = args.watch;
    let push = Push::new(args);
    if !watch {
        return push.once(client, json).await;
    }
    // From before the first upload: what changes during it is pushed as well.
    let mut changes = Changes::of(push.source.clone(), Vec::new())?;
    loop {
        if let Err(error) = push.once(client, json).await {
            note!("taskbox: {error:#}");
        }
        note!("waiting for a change of {}", push.source.display());
        changes.next().await?;
    }
}

impl Push {
    fn new(args: PushArgs) -> Self {
        let PushArgs { name, source, no_activate, grant, watch: _ } = args;
        Self { name, source, no_activate, grant }
    }

    async fn once(&self, client: &Client, json: bool) -> anyhow::Result<()> {
        let component = building::component(&self.source).await?;
        let name = self.name.clone().map_or_else(|| component.plugin_name(), Ok)?;
        let component = read(component.path()).await?;
        // Before the upload: the first attempts of the new version shall have it.
        if let Some(grant) = &self.grant {
            put_grant(client, name.as_str(), grant).await?;
        }
        let query = if self.no_activate { "?activate=false" } else { "" };
        let path = format!("/v1/plugins/{name}{query}");
        let uploaded = progress::upload(client, &path, component).await?;
        if json {
            show::json(&uploaded);
            return Ok(());
        }
        found::say_version(&uploaded);
        self.say_lacking(client, &name, &uploaded).await?;
        found::say_first_job(&uploaded, None);
        Ok(())
    }

    /// Says what the plugin asks for and its grant does not give.
    async fn say_lacking(&self, client: &Client, name: &PluginName, uploaded: &Answer) -> anyhow::Result<()> {
        let beside = beside(&self.source, GRANT_FILE);
        let written = |file: &Path| format!("taskbox plugin grant {name} {}", file.display());
        let (lacking, by) = match tokio::fs::read(&beside).await {
            Ok(wanted) => {
                let wanted: Grant = serde_json::from_slice(&wanted)
                    .with_context(|| format!("{} is no grant", beside.display()))?;
                let given = client.get(&format!("/v1/plugins/{name}/grant")).await?;
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
