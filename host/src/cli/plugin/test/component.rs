//! The component to test: a file, or what a folder was built into.

use std::path::{Path, PathBuf};

use anyhow::Context;
use bytes::Bytes;
use serde::Deserialize;

use crate::cli::UsageError;
use crate::domain::PluginName;

/// Where `cargo build --release --target wasm32-wasip2` puts components, in the directory of what it builds.
const CARGO_OUTPUT: &str = "wasm32-wasip2/release";

/// The directory of what cargo builds, in the folder of a package or of its workspace.
const CARGO_TARGET: &str = "target";

/// A component on disk.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ComponentFile {
    pub(super) path: PathBuf,
    /// The name of the plugin, by the name of the file.
    pub(super) plugin: PluginName,
}

impl ComponentFile {
    /// The component at this path: the file, or that of the folder.
    pub(super) fn find(path: &Path) -> anyhow::Result<Self> {
        let path = if path.is_dir() { in_folder(path)? } else { path.to_owned() };
        let plugin = plugin_name(&path);
        Ok(Self { path, plugin })
    }

    /// Its path, from the present directory if it is below it.
    pub(super) fn shown_path(&self) -> String {
        let here = std::env::current_dir().unwrap_or_default();
        self.path.strip_prefix(here).unwrap_or(&self.path).display().to_string()
    }

    pub(super) async fn read(&self) -> anyhow::Result<Bytes> {
        let read = tokio::fs::read(&self.path).await;
        Ok(read.map_err(|error| UsageError(format!("cannot read {}: {error}", self.path.display())))?.into())
    }
}

/// The name of the plugin in a file: that of the file, as far as it can be a name.
fn plugin_name(path: &Path) -> PluginName {
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let name = stem.to_lowercase().replace('_', "-");
    let fallback = || "plugin".parse().expect("it is a name");
    name.parse().unwrap_or_else(|_| fallback())
}

fn in_folder(folder: &Path) -> anyhow::Result<PathBuf> {
    let built = cargo_output(folder)?;
    if let Some(found) = built.iter().find(|path| path.is_file()) {
        return Ok(found.clone());
    }
    let mut found = components(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    match (found.len(), built.first()) {
        (1, _) => Ok(found.remove(0)),
        (0, Some(first)) => Err(UsageError(format!(
            "{} is not built: there is no {}; run `cargo build --release --target wasm32-wasip2` there",
            folder.display(),
            first.display()
        ))
        .into()),
        (0, None) => {
            Err(UsageError(format!("{} has no component; name its .wasm file", folder.display())).into())
        }
        _ => {
            let names: Vec<_> = found.iter().map(|path| path.display().to_string()).collect();
            Err(UsageError(format!(
                "{} has several components; name one of {}",
                folder.display(),
                names.join(", ")
            ))
            .into())
        }
    }
}

/// The components that lie in a folder.
fn components(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let files = std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
    let mut files: Vec<_> = files.collect::<Result<_, _>>()?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "wasm"));
    files.sort();
    Ok(files)
}

/// The files that cargo may have built of the package in this folder, the likeliest first; none if it is no package.
fn cargo_output(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let manifest = folder.join("Cargo.toml");
    if !manifest.is_file() {
        return Ok(Vec::new());
    }
    let text =
        std::fs::read_to_string(&manifest).with_context(|| format!("cannot read {}", manifest.display()))?;
    let manifest: Manifest = toml::from_str(&text)
        .map_err(|error| UsageError(format!("{} is no manifest: {error}", manifest.display())))?;
    let file = format!("{CARGO_OUTPUT}/{}.wasm", manifest.name().replace('-', "_"));
    let chosen = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let of_workspaces = folder.ancestors().map(|folder| folder.join(CARGO_TARGET));
    Ok(chosen.into_iter().chain(of_workspaces).map(|target| target.join(&file)).collect())
}

/// What is read of a manifest.
#[derive(Deserialize)]
struct Manifest {
    package: Package,
    lib: Option<Lib>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
}

#[derive(Deserialize)]
struct Lib {
    name: Option<String>,
}

impl Manifest {
    fn name(&self) -> &str {
        self.lib.as_ref().and_then(|lib| lib.name.as_deref()).unwrap_or(&self.package.name)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_folder_is_what_cargo_built_of_it_in_its_own_target_or_that_of_its_workspace() {
        let root = tempfile::tempdir().unwrap();
        let root = root.path().canonicalize().unwrap();
        let package = root.join("plugins/mail");
        fs::create_dir_all(&package).unwrap();
        fs::write(package.join("Cargo.toml"), "[package]\nname = \"send-mail\"").unwrap();
        let error = ComponentFile::find(&package).unwrap_err();
        assert!(error.is::<UsageError>() && error.to_string().contains("cargo build"), "{error}");
        let output = root.join("target/wasm32-wasip2/release");
        fs::create_dir_all(&output).unwrap();
        fs::write(output.join("send_mail.wasm"), "").unwrap();
        let found = ComponentFile::find(&package).unwrap();
        assert_eq!((found.plugin.as_str(), found.path), ("send-mail", output.join("send_mail.wasm")));
    }

    #[test]
    fn a_folder_without_a_manifest_is_its_only_component() {
        let root = tempfile::tempdir().unwrap();
        let error = || ComponentFile::find(root.path()).unwrap_err().to_string();
        assert!(error().contains("has no component"), "{}", error());
        fs::write(root.path().join("a.wasm"), "").unwrap();
        assert_eq!(ComponentFile::find(root.path()).unwrap().path, root.path().join("a.wasm"));
        fs::write(root.path().join("b.wasm"), "").unwrap();
        assert!(error().contains("several components"), "{}", error());
    }

    #[test]
    fn a_plugin_is_named_as_its_file_where_that_can_be_a_name() {
        for (file, name) in [("a/Create_Order.wasm", "create-order"), ("7.wasm", "plugin")] {
            assert_eq!(plugin_name(Path::new(file)).as_str(), name);
        }
    }
}
