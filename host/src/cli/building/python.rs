//! Plugins in Python, built by componentize-py.

use std::path::{Path, PathBuf};

use anyhow::Context;
use tempfile::TempDir;
use tokio::process::Command;

use super::tool::{self, Missing, is_program, prefix, program};
use crate::cli::carried;

const TOOL: &str = "componentize-py";

/// The version that the package was tested with.
pub(in crate::cli) const VERSION: &str = "0.25.1";

/// Builds by the package of the project or its environment, else by the one that is carried along in the first argument.
const BUILD: &str =
    "import sys; sys.path.append(sys.argv.pop(1)); from taskbox_task.build import main; main()";

/// Builds a module, which is found in `path`, with the environment of the project in `folder`.
pub(super) async fn build(folder: &Path, path: &Path, module: &str, output: &Path) -> anyhow::Result<()> {
    let python = interpreter(folder).ok_or_else(|| missing(folder))?;
    if !is_program(&python.with_file_name(TOOL)) && program(TOOL).is_none() {
        return Err(missing(folder).into());
    }
    let package = TempDir::with_prefix("taskbox-").context("there is no place for the package")?;
    carried::write(&carried::PYTHON, &package.path().join("taskbox_task"))
        .context("the package taskbox_task cannot be written")?;
    let mut command = Command::new(python);
    command.args(["-B", "-c", BUILD]).arg(package.path()).arg(module);
    command.arg("-o").arg(output).arg("-p").arg(path).current_dir(folder);
    tool::run(command, module, TOOL).await
}

/// The file or the folder of a module that is found in `path`.
pub(super) fn file(path: &Path, module: &str) -> PathBuf {
    let file = path.join(format!("{module}.py"));
    if file.is_file() { file } else { path.join(module) }
}

fn missing(folder: &Path) -> Missing {
    let venv = format!("{}.venv", prefix(folder));
    let install = format!("python3 -m venv {venv} && {venv}/bin/pip install {TOOL}=={VERSION}");
    Missing { tool: TOOL, install }
}

/// The interpreter of the project's environment, of the active one, or of the system.
fn interpreter(folder: &Path) -> Option<PathBuf> {
    let active = std::env::var_os("VIRTUAL_ENV").map(PathBuf::from);
    let environments = [Some(folder.join(".venv")), active].into_iter().flatten();
    let mut pythons = environments.map(|environment| environment.join("bin/python"));
    pythons.find(|python| is_program(python)).or_else(|| program("python3"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_installed_by_one_line() {
        let text = missing(Path::new("/p/hello")).to_string();
        let lines: Vec<_> = text.lines().filter(|line| line.starts_with("  ")).collect();
        let line =
            "  python3 -m venv /p/hello/.venv && /p/hello/.venv/bin/pip install componentize-py==0.25.1";
        assert_eq!(lines, [line]);
    }

    #[test]
    fn the_tool_is_of_the_version_that_the_package_names() {
        let package = include_str!("../../../../plugins/python/pyproject.toml");
        assert!(package.contains(&format!("{TOOL}=={VERSION}")));
    }
}
