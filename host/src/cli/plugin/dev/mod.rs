//! `taskbox dev`: a throw-away host on which a plugin is developed. What changes is built and runs at once, and everything
//! that its jobs do is shown.

mod ends;
mod jobs;
mod project;
mod rounds;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use clap::Args;

use super::functions;
use super::test::StageArgs;
use crate::app::{Development, DurationText, Host, LogFormat, Settings, init_logging};
use crate::cli::client::Client;
use crate::cli::out::note;
use crate::cli::shutdown::Shutdown;
use crate::cli::usage_error;
use crate::domain::PluginName;
use jobs::Jobs;
use project::Project;
use rounds::Rounds;

/// The log of the host's own parts: only what is wrong.
const LOG: &str = "warn";

/// Attempts at the same time, so few that their sandboxes are made at once.
const CONCURRENCY: usize = 100;

/// Time for running attempts to finish at the end.
const DRAIN: Duration = Duration::from_secs(1);

/// The plugin, and what is around it.
#[derive(Debug, Args)]
#[command(
    after_help = "Every change of the plugin, of its mock file and of its grant is built and runs at once, for the \
                        attempts that begin then. Ctrl-C ends the host and removes its data. docs/testing-plugins.md \
                        describes mock files."
)]
pub(in crate::cli) struct DevArgs {
    /// Folder of the plugin, a file of Python or JavaScript, or a component.
    #[arg(default_value = ".")]
    source: PathBuf,
    /// Name of the plugin [default: that of its project or file].
    #[arg(long)]
    name: Option<PluginName>,
    /// Address to listen on.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Input of a job to submit after each change: JSON, or @FILE.
    #[arg(long, value_name = "JSON")]
    input: Option<String>,
    /// Task of this job [default: the only one of the plugin].
    #[arg(long)]
    task: Option<String>,
    /// Without --http, mock.json beside the plugin is taken, and without --grant its grant.json, if they are there.
    #[command(flatten)]
    stage: StageArgs,
}

pub(in crate::cli) async fn run(args: DevArgs) -> anyhow::Result<()> {
    init_logging(LOG, LogFormat::Text).map_err(usage_error)?;
    let listen = args.listen;
    let project = Project::new(args)?;
    let data =
        tempfile::Builder::new().prefix("taskbox-dev-").tempdir().context("cannot create a directory")?;
    let settings = Settings {
        data: data.path().to_owned(),
        listen,
        concurrency: CONCURRENCY,
        drain: DurationText(DRAIN),
        ..Settings::default()
    };
    let (jobs, ended) = Jobs::new();
    let development =
        Development { observer: Arc::clone(&jobs) as _, functions: functions::file(project.source()) };
    let mut shutdown = Shutdown::listen().context("cannot listen for signals")?;
    let host = shutdown.unless_requested(Host::start_for(&settings, development)).await;
    let Some(host) = host.transpose()? else { return Ok(()) };
    let url = format!("http://{}", host.address());
    let client = Arc::new(Client::new(&url)?);
    let ends = tokio::spawn(ends::show(Arc::clone(&client), ended));
    note!("taskbox: the host listens on {url}; Ctrl-C ends it");
    let work = shutdown.unless_requested(Rounds::new(project, client, url, jobs).run()).await;
    shutdown.end_at_the_next();
    host.stop().await;
    ends.abort();
    work.map_or(Ok(()), |failed| failed.map(|never| match never {}))
}
