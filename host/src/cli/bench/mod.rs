//! `taskbox bench`: the throughput and latency of this machine, in one table.
//!
//! Every row starts real hosts, this program as `taskbox serve` with default settings, on fresh directories, and calls
//! them over HTTP. Load generator and hosts share the machine: the table shows the CPU time of each, and the time of a
//! sync of the disk.

mod backlog;
mod connection;
mod flight;
mod host;
mod jobs;
mod load;
mod machine;
mod names;
mod open;
mod plugin;
mod read;
mod report;
mod rows;
mod soak;
mod space;
mod start;
mod submit;
mod upload;
mod waiting;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use bytes::Bytes;
use clap::Args;

use super::UsageError;
use super::out::note;
use super::shutdown::Shutdown;
use crate::domain::parse_duration;
use host::Plan;
use report::Row;
use rows::RowName;

/// The factor by which a quick run measures less.
const QUICK: usize = 10;

/// The measurements and their place.
#[derive(Debug, Args)]
pub(super) struct BenchArgs {
    /// Measure only these rows, such as submit,jobs-backlog; `submit` stands for all rows that begin with it.
    #[arg(long, value_name = "ROWS", value_delimiter = ',')]
    only: Vec<String>,
    /// Measure a tenth of everything: less exact, and done in a minute.
    #[arg(long)]
    quick: bool,
    /// Print JSON instead of a table.
    #[arg(long)]
    json: bool,
    /// Time to add to every sync of the disk, such as 5ms.
    #[arg(long, value_name = "DURATION", value_parser = parse_duration)]
    sync_delay: Option<Duration>,
    /// Instead of the table, run whole jobs at full speed for this time, such as 8m, of which the host keeps
    /// 470,000, and print its rate, memory and disk space.
    #[arg(long, value_name = "DURATION", value_parser = parse_duration, conflicts_with_all = ["only", "quick", "json"])]
    soak: Option<Duration>,
    /// The program to measure, such as an older build; by default this one.
    #[arg(long, value_name = "FILE")]
    program: Option<PathBuf>,
    /// Directory on the disk to measure; files created in it are removed at the end.
    #[arg(long, value_name = "DIR", default_value = ".")]
    dir: PathBuf,
    /// File of the plugin with the tasks of the bench.
    #[arg(long, value_name = "FILE", default_value = "target/wasm32-wasip2/release/bench.wasm")]
    plugin: PathBuf,
}

pub(super) async fn run(args: BenchArgs) -> anyhow::Result<()> {
    if cfg!(debug_assertions) {
        note!("this is a debug build, whose figures mean little; build with --release");
    }
    let rows = rows::chosen(&args.only).map_err(UsageError)?;
    let component = tokio::fs::read(&args.plugin).await.with_context(|| plugin_missing(&args.plugin))?;
    let dir = tempfile::Builder::new().prefix("taskbox-bench-").tempdir_in(&args.dir);
    let dir = dir.with_context(|| format!("cannot create a directory in {}", args.dir.display()))?;
    let plan = Plan {
        program: match &args.program {
            Some(program) => program.clone(),
            None => std::env::current_exe().context("this program has no path")?,
        },
        component: Bytes::from(component),
        dir: dir.path().to_owned(),
        part: if args.quick { QUICK } else { 1 },
        sync_delay: args.sync_delay.unwrap_or_default(),
    };
    let mut shutdown = Shutdown::listen().context("cannot listen for signals")?;
    // A signal leaves neither hosts nor files behind.
    if let Some(time) = args.soak {
        return shutdown.unless_requested(soak::run(&plan, time)).await.unwrap_or(Ok(()));
    }
    if let Some(measured) = shutdown.unless_requested(measure(&plan, &rows)).await {
        report::print(&measured?, &args);
    }
    Ok(())
}

/// Measures the rows; those that need the same hosts are measured together.
async fn measure(plan: &Plan, rows: &[RowName]) -> anyhow::Result<Vec<Row>> {
    let mut measured = Vec::new();
    let mut compared = false;
    for name in rows {
        note!("measuring {}", name.as_str());
        match name {
            RowName::Submit1 | RowName::Submit16 | RowName::Submit256 | RowName::SubmitBatch => {
                measured.push(submit::measure(plan, *name).await?);
            }
            RowName::Read => measured.push(read::measure(plan).await?),
            RowName::Jobs | RowName::JobsBacklog | RowName::JobsBacklogLarge if !compared => {
                compared = true;
                measured.extend(jobs::measure(plan, rows).await?);
            }
            RowName::Jobs | RowName::JobsBacklog | RowName::JobsBacklogLarge => {}
            RowName::Start => measured.push(start::measure(plan).await?),
            RowName::Upload => measured.push(upload::measure(plan).await?),
            RowName::Open => measured.push(open::measure(plan).await?),
            RowName::Space => measured.push(space::measure(plan).await?),
            RowName::Names => measured.push(names::measure(plan).await?),
            RowName::Flight => measured.push(flight::measure(plan).await?),
            RowName::Waiting => measured.push(waiting::measure(plan).await?),
            RowName::Plugin => measured.push(plugin::measure(plan).await?),
        }
    }
    Ok(measured)
}

fn plugin_missing(plugin: &Path) -> String {
    format!(
        "cannot read the plugin of the bench {}; build it with \
         `cargo build --release --target wasm32-wasip2 -p bench`, or name it with --plugin",
        plugin.display()
    )
}
