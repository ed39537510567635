//! `taskbox completions`: what makes a shell ask this program for completions, and its answers.

use clap::{Args, CommandFactory};
use clap_complete::Shell;
use clap_complete::env::{CompleteEnv, Shells};

use super::Cli;
use super::out::say;

/// The variable by which a shell asks.
const ASKED_BY: &str = "_TASKBOX_COMPLETE";

const NAME: &str = "taskbox";

/// The shell.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct CompletionsArgs {
    /// Shell that completes the commands.
    shell: Shell,
}

const EXAMPLES: &str = "The shell asks the program at each completion, also for the tasks, the queues and the newest ids of the host that
TASKBOX_HOST or the current context names. Run the line at the start of each shell: a script that was kept may not fit a
later version of the program.

Examples:
  echo 'source <(taskbox completions bash)' >> ~/.bashrc
  echo 'source <(taskbox completions zsh)' >> ~/.zshrc
  echo 'taskbox completions fish | source' >> ~/.config/fish/config.fish";

pub(super) fn run(args: &CompletionsArgs) -> anyhow::Result<()> {
    let shell = args.shell.to_string();
    let mut script = Vec::new();
    if let Some(completer) = Shells::builtins().completer(&shell) {
        completer.write_registration(ASKED_BY, NAME, NAME, NAME, &mut script)?;
    }
    say!("{}", String::from_utf8_lossy(&script).trim_end());
    Ok(())
}

/// Answers a shell that asks for completions, and ends the program; returns when none asks.
pub(super) fn answer() {
    CompleteEnv::with_factory(Cli::command).var(ASKED_BY).bin(NAME).complete();
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::*;

    #[test]
    fn every_shell_that_is_offered_has_a_script() {
        for shell in Shell::value_variants() {
            assert!(Shells::builtins().completer(&shell.to_string()).is_some(), "{shell}");
        }
    }
}
