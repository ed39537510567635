//! Plugins in Rust, built by cargo.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context, bail};
use serde::Deserialize;
use tokio::process::Command;

use super::tool::{Missing, program};

const TARGET: &str = "wasm32-wasip2";

/// Builds the package of this folder, or those of its workspace, of which one is a plugin.
pub(super) async fn build(folder: &Path) -> anyhow::Result<PathBuf> {
    let cargo = program("cargo").ok_or_else(|| missing("cargo", rustup()))?;
    if !has_target(folder).await? {
        return Err(missing("the target wasm32-wasip2", format!("rustup target add {TARGET}")).into());
    }
    let mut command = Command::new(cargo);
    command
        .args(["build", "--release", "--target", TARGET, "--message-format=json-render-diagnostics"])
        .current_dir(folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true);
    let cargo = command.spawn().context("cannot run cargo")?;
    let output = cargo.wait_with_output().await.context("cannot run cargo")?;
    if !output.status.success() {
        bail!("{} is not built: cargo ended with {}", folder.display(), output.status);
    }
    the_component(&String::from_utf8_lossy(&output.stdout), folder)
}

fn missing(tool: &'static str, install: String) -> Missing {
    Missing { tool, install }
}

fn rustup() -> String {
    format!("curl -sSf https://sh.rustup.rs | sh -s -- -y --target {TARGET}")
}

/// Whether the toolchain that the folder chooses can build for the target.
async fn has_target(folder: &Path) -> anyhow::Result<bool> {
    let mut command = Command::new("rustc");
    command.args(["--print", "target-libdir", "--target", TARGET]).current_dir(folder).stdin(Stdio::null());
    let output = command.kill_on_drop(true).output().await.context("cannot run rustc")?;
    let libraries = String::from_utf8_lossy(&output.stdout).trim_end().to_owned();
    Ok(output.status.success() && Path::new(&libraries).is_dir())
}

/// A line of cargo's report.
#[derive(Deserialize)]
struct Message {
    reason: String,
    #[serde(default)]
    manifest_path: PathBuf,
    target: Option<Target>,
    #[serde(default)]
    filenames: Vec<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    kind: Vec<String>,
}

/// The one component that cargo built of the packages in this folder.
fn the_component(report: &str, folder: &Path) -> anyhow::Result<PathBuf> {
    let built =
        report.lines().filter_map(|line| serde_json::from_str(line).ok()).filter(|message: &Message| {
            let is_plugin =
                message.target.as_ref().is_some_and(|target| target.kind.iter().any(|kind| kind == "cdylib"));
            message.reason == "compiler-artifact" && is_plugin && message.manifest_path.starts_with(folder)
        });
    let files = built.flat_map(|message| message.filenames);
    let files: Vec<_> = files.filter(|file| file.extension().is_some_and(|end| end == "wasm")).collect();
    match &files[..] {
        [file] => Ok(file.clone()),
        [] => bail!(
            "{} has no plugin: add these lines to its Cargo.toml:\n\n  [lib]\n  crate-type = [\"cdylib\"]\n",
            folder.display()
        ),
        several => {
            let names: Vec<_> = several.iter().filter_map(|file| file.file_name()?.to_str()).collect();
            bail!(
                "{} has several plugins, {}: name the folder of one, or a file below target/{TARGET}/release",
                folder.display(),
                names.join(", ")
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn artifact(name: &str, kind: &str) -> String {
        format!(
            r#"{{"reason":"compiler-artifact","manifest_path":"/w/{name}/Cargo.toml","target":{{"kind":["{kind}"]}},"filenames":["/w/target/{name}.wasm"]}}"#
        )
    }

    #[test]
    fn the_plugin_of_a_folder_is_found_in_the_report_of_cargo() {
        let report =
            [artifact("sdk", "lib"), artifact("hello", "cdylib"), artifact("bye", "cdylib")].join("\n");
        let report = format!("{report}\n{}\nno json", r#"{"reason":"build-finished","success":true}"#);
        assert_eq!(the_component(&report, Path::new("/w/hello")).unwrap(), Path::new("/w/target/hello.wasm"));
        let none = the_component(&report, Path::new("/w/sdk")).unwrap_err().to_string();
        assert!(none.contains("crate-type = [\"cdylib\"]"), "{none}");
        let several = the_component(&report, Path::new("/w")).unwrap_err().to_string();
        assert!(several.contains("hello.wasm, bye.wasm"), "{several}");
    }
}
