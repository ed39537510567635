//! `taskbox serve`: run a host until a signal ends it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use figment::Figment;
use figment::providers::Serialized;

use super::one_of::one_of;
use super::out::announce;
use super::shutdown::Shutdown;
use super::{print_config, usage_error};
use crate::app::{Host, LogFormat, Settings, init_logging, service_manager};
use crate::domain::format_duration;

/// Time beyond the drain for an orderly end: to write outcomes and close connections.
const END_GRACE: Duration = Duration::from_secs(4);

/// Settings come from a TOML file, then from TASKBOX_* variables, then from flags.
#[derive(Debug, Args)]
pub(super) struct ServeArgs {
    /// Directory of all durable state; created when missing [default: taskbox-data].
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Address to listen on [default: 127.0.0.1:8080].
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// URL under which others reach this host, with which the URLs of events begin.
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// TOML file of settings.
    #[arg(long, value_name = "FILE", env = "TASKBOX_CONFIG")]
    config: Option<PathBuf>,
    /// Memory that the host may use, such as 4GiB [default: half of the machine's].
    #[arg(long, value_name = "SIZE")]
    memory: Option<String>,
    /// Most attempts that run at the same time [default: 10000].
    #[arg(long, value_name = "COUNT")]
    concurrency: Option<usize>,
    /// Run only the jobs of these queues, such as mail,reports [default: all].
    #[arg(long, value_name = "NAMES")]
    queues: Option<String>,
    /// Run the jobs of all queues except these.
    #[arg(long, value_name = "NAMES", conflicts_with = "queues")]
    except_queues: Option<String>,
    /// Time for running attempts to finish at a shutdown [default: 25s].
    #[arg(long, value_name = "DURATION")]
    drain: Option<String>,
    /// Filter of the log, such as info, debug or taskbox=debug [default: info].
    #[arg(long, value_name = "FILTER")]
    log: Option<String>,
    /// Format of the log [default: text].
    #[arg(long, value_name = "FORMAT", value_parser = one_of::<LogFormat>())]
    log_format: Option<LogFormat>,
    /// Print the settings in effect and the source of each, and exit.
    #[arg(long)]
    print_config: bool,
}

pub(super) async fn run(args: ServeArgs) -> anyhow::Result<()> {
    let sources = args.sources();
    if args.print_config {
        return print_config::run(&sources);
    }
    let settings = Settings::read(&sources).map_err(usage_error)?;
    init_logging(&settings.log, settings.log_format).map_err(usage_error)?;
    let mut shutdown = Shutdown::listen().context("cannot listen for signals")?;
    let Some(host) = shutdown.unless_requested(Host::start(&settings)).await else { return Ok(()) };
    let host = host?;
    announce(announcement(&host));
    service_manager::ready(&format!("listens on {}", host.address()));
    tokio::spawn(service_manager::say_that_it_lives());
    shutdown.requested().await;
    service_manager::stopping();
    shutdown.end_at_the_next();
    let patience = settings.drain.0 + END_GRACE;
    let stopped = tokio::time::timeout(patience, host.stop()).await;
    stopped
        .with_context(|| format!("the host did not end within {}; ended at once", format_duration(patience)))
}

/// Where the host listens, and what it chose.
fn announcement(host: &Host) -> String {
    let lines = host.summary().lines();
    let width = lines.iter().map(|(word, _)| word.len()).max().unwrap_or(0);
    let chosen = lines.iter().map(|(word, text)| format!("\n  {word:width$}  {text}"));
    format!("Taskbox listens on {}{}", host.url(), chosen.collect::<String>())
}

impl ServeArgs {
    fn sources(&self) -> Figment {
        let mut sources = Settings::sources(self.config.as_deref());
        let mut flag = |key: &str, value: Option<serde_json::Value>| {
            if let Some(value) = value {
                let figment = std::mem::take(&mut sources);
                sources = figment.merge(Serialized::globals(serde_json::json!({ key: value })));
            }
        };
        flag("data", self.data.as_ref().map(|data| data.display().to_string().into()));
        flag("listen", self.listen.map(|listen| listen.to_string().into()));
        flag("public_url", self.public_url.clone().map(Into::into));
        flag("memory", self.memory.clone().map(Into::into));
        flag("concurrency", self.concurrency.map(Into::into));
        flag("queues", self.queues.clone().map(Into::into));
        flag("except_queues", self.except_queues.clone().map(Into::into));
        flag("drain", self.drain.clone().map(Into::into));
        flag("log", self.log.clone().map(Into::into));
        flag("log_format", self.log_format.map(|format| serde_json::json!(format)));
        sources
    }
}
