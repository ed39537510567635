//! `taskbox man`: a manual page for each command.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, Command, CommandFactory};
use clap_mangen::Man;

use super::Cli;
use super::out::say;

/// Where the pages go.
#[derive(Debug, Args)]
pub(super) struct ManArgs {
    /// Directory to write the pages to, such as ~/.local/share/man/man1.
    #[arg(value_name = "DIR")]
    to: PathBuf,
}

pub(super) fn run(args: &ManArgs) -> anyhow::Result<()> {
    fs::create_dir_all(&args.to).with_context(|| format!("cannot make {}", args.to.display()))?;
    let mut command = Cli::command();
    command.build();
    let count = write(&command, &args.to)?;
    say!(
        "{count} pages are in {}; read one with: man -l {}",
        args.to.display(),
        args.to.join("taskbox.1").display()
    );
    Ok(())
}

/// Writes the page of a command and those of the commands below it; their number.
fn write(command: &Command, to: &Path) -> anyhow::Result<u32> {
    let man = Man::new(command.clone());
    let mut page = Vec::new();
    man.render(&mut page).context("a page is written to memory")?;
    let file = to.join(man.get_filename());
    fs::write(&file, page).with_context(|| format!("cannot write {}", file.display()))?;
    let below = command.get_subcommands().filter(|below| !below.is_hide_set() && below.get_name() != "help");
    below.map(|below| write(below, to)).try_fold(1, |sum, count| Ok(sum + count?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_has_a_page_with_its_examples() {
        let dir = tempfile::tempdir().unwrap();
        run(&ManArgs { to: dir.path().join("man1") }).unwrap();
        let page = |name: &str| fs::read_to_string(dir.path().join("man1").join(name)).unwrap();
        assert!(page("taskbox.1").contains("taskbox\\-job(1)"));
        assert!(page("taskbox-job-submit.1").contains("jobs.jsonl"));
    }
}
