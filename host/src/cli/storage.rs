//! `taskbox storage`: data directories that no host has open.

use std::path::PathBuf;

use anyhow::bail;
use clap::{Args, Subcommand};

use super::out::{note, say};
use crate::app::offline::{self, Checked};

#[derive(Debug, Subcommand)]
pub(super) enum StorageCommand {
    /// Read every row of a data directory, and check that it is whole.
    Check(CheckArgs),
}

/// The exit status is 1 if there are faults.
#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// The data directory; no host may use it.
    #[arg(long, value_name = "DIR", default_value = "taskbox-data")]
    data: PathBuf,
}

pub(super) async fn run(command: StorageCommand) -> anyhow::Result<()> {
    let StorageCommand::Check(CheckArgs { data }) = command;
    // Opening would make it.
    if !data.is_dir() {
        bail!("there is no directory {}", data.display());
    }
    let checked = tokio::task::spawn_blocking(move || offline::check(&data)).await??;
    for (kind, count) in &checked.rows {
        say!("{count:>12}  {kind}");
    }
    say!("{:>12}  components", checked.components);
    without_faults(&checked)?;
    say!("no faults");
    Ok(())
}

/// Fails if there are faults, after they are shown.
pub(super) fn without_faults(checked: &Checked) -> anyhow::Result<()> {
    checked.faults.iter().for_each(|fault| note!("{fault}"));
    match checked.fault_count {
        0 => Ok(()),
        1 => bail!("there is 1 fault"),
        count => bail!("there are {count} faults"),
    }
}
