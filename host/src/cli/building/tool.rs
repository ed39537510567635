//! The tools that build, which are programs of others.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, bail};
use tokio::process::Command;

use crate::cli::out::note;

/// A tool that is not there.
#[derive(Debug, thiserror::Error)]
#[error("{tool} is missing. This line installs it:\n\n  {install}\n")]
pub(super) struct Missing {
    pub(super) tool: &'static str,
    pub(super) install: String,
}

/// Runs a tool to its end. Its errors go to standard error; what it builds is named when it fails.
pub(super) async fn run(mut command: Command, what: &str, tool: &str) -> anyhow::Result<()> {
    note!("building {what} with {tool}");
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true).status().await;
    let program = command.as_std().get_program().to_string_lossy().into_owned();
    let status = status.with_context(|| format!("cannot run {program}"))?;
    if !status.success() {
        bail!("{what} is not built: {tool} ended with {status}");
    }
    Ok(())
}

/// The file of a program, as a shell finds it.
pub(super) fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| is_program(file))
}

/// Whether a file is there and may be run.
pub(super) fn is_program(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    file.metadata().is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

/// A path from the current folder on, if it is below it.
pub(super) fn from_here(path: &Path) -> PathBuf {
    let here = std::env::current_dir().and_then(|here| here.canonicalize());
    let below = here.ok().and_then(|here| path.strip_prefix(here).ok());
    below.unwrap_or(path).to_owned()
}

/// A folder as a word of a line for the shell, with a slash at its end; nothing for the current one.
pub(super) fn prefix(folder: &Path) -> String {
    let shown = from_here(folder);
    if shown.as_os_str().is_empty() {
        return String::new();
    }
    format!("{}/", quoted(&shown.to_string_lossy()))
}

/// A text as one word of a line for the shell.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+".contains(c);
    if text.chars().all(plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_one_word_for_the_shell() {
        assert_eq!(quoted("plugins/hello-1"), "plugins/hello-1");
        assert_eq!(quoted("it's here"), r"'it'\''s here'");
        assert_eq!(prefix(&std::env::current_dir().unwrap().canonicalize().unwrap()), "");
        assert_eq!(prefix(Path::new("/nowhere/at all")), "'/nowhere/at all'/");
    }

    #[test]
    fn programs_are_found_as_a_shell_finds_them() {
        assert!(program("sh").is_some_and(|file| file.is_absolute()));
        assert_eq!(program("no-such-program-of-taskbox"), None);
    }

    #[tokio::test]
    async fn a_tool_that_fails_is_an_error_and_so_is_one_that_does_not_start() {
        let error = run(Command::new("false"), "hello", "false").await.unwrap_err();
        assert!(error.to_string().starts_with("hello is not built"), "{error}");
        run(Command::new("true"), "hello", "true").await.unwrap();
        assert!(run(Command::new("/nowhere"), "hello", "none").await.is_err());
    }
}
