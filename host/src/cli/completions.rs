//! `taskbox completions`: scripts for shells.

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::Cli;
use super::out::say;

/// The shell.
#[derive(Debug, Args)]
pub(super) struct CompletionsArgs {
    /// Shell that completes the commands.
    shell: Shell,
}

pub(super) fn run(args: &CompletionsArgs) -> anyhow::Result<()> {
    // In memory first: the generator panics where it cannot write.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "taskbox", &mut script);
    say!("{}", String::from_utf8_lossy(&script).trim_end());
    Ok(())
}
