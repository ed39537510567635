//! Plugins in JavaScript, built by componentize-qjs.

use std::path::{Path, PathBuf};

use anyhow::Context;
use tempfile::TempDir;
use tokio::process::Command;

use super::tool::{self, Missing, prefix, program};
use crate::cli::carried;

const TOOL: &str = "componentize-qjs";

/// The version that the package was tested with.
pub(in crate::cli) const VERSION: &str = "0.4.5";

/// Builds by the package of the project, else by the one that is carried along.
pub(super) async fn build(folder: &Path, entry: &Path, output: &Path) -> anyhow::Result<()> {
    let node = program("node")
        .ok_or_else(|| Missing { tool: "node", install: "sudo apt-get install -y nodejs npm".to_owned() })?;
    installed(folder, TOOL).ok_or_else(|| missing(folder))?;
    let package = TempDir::with_prefix("taskbox-").context("there is no place for the package")?;
    let own = installed(folder, "taskbox-task").map(|package| package.join("build.js"));
    let build = match own.filter(|build| build.is_file()) {
        Some(build) => build,
        None => {
            carried::write(&carried::JAVASCRIPT, package.path())
                .context("the package taskbox-task cannot be written")?;
            package.path().join("build.js")
        }
    };
    let mut command = Command::new(node);
    command.arg(build).arg(entry).arg("-o").arg(output).current_dir(folder);
    let what = entry.file_name().unwrap_or_default().to_string_lossy();
    tool::run(command, &what, TOOL).await
}

fn missing(folder: &Path) -> Missing {
    let into = match prefix(folder) {
        here if here.is_empty() => here,
        elsewhere => format!("--prefix {} ", elsewhere.trim_end_matches('/')),
    };
    let install = format!("npm install {into}--save-dev {TOOL}@{VERSION}");
    Missing { tool: TOOL, install }
}

/// A package, as Node finds it.
fn installed(folder: &Path, package: &str) -> Option<PathBuf> {
    let mut places = folder.ancestors().map(|folder| folder.join("node_modules").join(package));
    places.find(|place| place.join("package.json").is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_installed_by_one_line() {
        let text = missing(Path::new("/p/hello")).to_string();
        let lines: Vec<_> = text.lines().filter(|line| line.starts_with("  ")).collect();
        assert_eq!(lines, ["  npm install --prefix /p/hello --save-dev componentize-qjs@0.4.5"]);
    }

    #[test]
    fn a_package_is_found_in_the_folders_above() {
        let place = tempfile::tempdir().unwrap();
        let (inner, package) = (place.path().join("a/b"), place.path().join("node_modules/x"));
        for folder in [&inner, &package] {
            std::fs::create_dir_all(folder).unwrap();
        }
        assert_eq!(installed(&inner, "x"), None);
        std::fs::write(package.join("package.json"), "{}").unwrap();
        assert_eq!(installed(&inner, "x"), Some(package));
    }

    #[test]
    fn the_tool_is_of_the_version_that_the_package_names() {
        let package = include_str!("../../../../plugins/javascript/package.json");
        assert!(package.contains(&format!(r#""{TOOL}": "{VERSION}""#)));
    }
}
