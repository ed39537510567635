//! `taskbox demo`: a host on a fresh directory, stand-ins for Stripe and the partner, and the order plugin, uploaded
//! over the public API.

mod partners;
mod setup;
mod welcome;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context;
use clap::Args;

use super::UsageError;
use super::out::announce;
use super::shutdown::Shutdown;
use super::usage_error;
use crate::app::{Host, LogFormat, Settings, init_logging};
use partners::Partners;

/// Time for running attempts to finish at the end.
const DRAIN: Duration = Duration::from_secs(1);

/// The settings of a demo.
#[derive(Debug, Args)]
pub(super) struct DemoArgs {
    /// Address to listen on.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Factor by which Stripe and the partner answer faster than in real life, where they take 5-6 s and 10-20 s.
    #[arg(long, value_name = "FACTOR", default_value_t = 1.0)]
    speed: f64,
    /// Make Stripe and the partner fail at random.
    #[arg(long)]
    flaky: bool,
    /// Directory to keep the data in [default: a fresh one, removed at the end].
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// File of the order plugin.
    #[arg(long, value_name = "FILE", default_value = "target/wasm32-wasip2/release/create_order.wasm")]
    plugin: PathBuf,
    /// Filter of the log, such as info or taskbox=debug.
    #[arg(long, value_name = "FILTER", default_value = "warn")]
    log: String,
}

pub(super) async fn run(args: DemoArgs) -> anyhow::Result<()> {
    if !(args.speed.is_finite() && args.speed > 0.0) {
        return Err(UsageError(format!("--speed is {}; it must be above 0, such as 10", args.speed)).into());
    }
    let component = tokio::fs::read(&args.plugin).await.with_context(|| plugin_missing(&args.plugin))?;
    init_logging(&args.log, LogFormat::Text).map_err(usage_error)?;
    let fresh =
        tempfile::Builder::new().prefix("taskbox-demo-").tempdir().context("cannot create a directory")?;
    let settings = Settings {
        data: args.data.unwrap_or_else(|| fresh.path().to_owned()),
        listen: args.listen,
        drain: crate::app::DurationText(DRAIN),
        ..Settings::default()
    };
    let mut shutdown = Shutdown::listen().context("cannot listen for signals")?;
    let partners = Partners::start(args.speed, args.flaky).await?;
    let Some(host) = shutdown.unless_requested(Host::start(&settings)).await else { return Ok(()) };
    let host = host?;
    let url = format!("http://{}", host.address());
    if let Some(uploaded) = shutdown.unless_requested(setup::upload(&url, component, &partners)).await {
        uploaded?;
        announce(welcome::text(&url, &settings.data, &partners, args.speed));
        shutdown.requested().await;
    }
    announce("\nEnding the demo.".to_owned());
    shutdown.end_at_the_next();
    host.stop().await;
    partners.stop().await;
    Ok(())
}

fn plugin_missing(plugin: &std::path::Path) -> String {
    format!(
        "cannot read the order plugin {}; build it with \
         `cargo build --release --target wasm32-wasip2 -p create-order`, or name it with --plugin",
        plugin.display()
    )
}
