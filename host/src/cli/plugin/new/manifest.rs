//! The manifests of the packages for Rust, so that they stand alone in a project.

use anyhow::Context;
use toml::{Table, Value};

/// The manifest of the workspace that the packages come from.
const WORKSPACE: &str = include_str!("../../../../../Cargo.toml");

/// A manifest with the values that it takes from its workspace, and without the lints.
pub(super) fn standalone(manifest: &str) -> anyhow::Result<String> {
    let workspace: Table = WORKSPACE.parse().context("the manifest of the workspace is TOML")?;
    let mut section = String::new();
    let mut lines = Vec::new();
    for line in manifest.lines().filter(|line| !matches!(*line, "[lints]" | "workspace = true")) {
        if let Some(name) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            section = name.to_owned();
        }
        lines.push(match line.strip_suffix(".workspace = true") {
            Some(key) => format!("{key} = {}", shared(&workspace, &section, key)?),
            None => line.replace("\"../macros\"", "\"../taskbox-task-macros\""),
        });
    }
    Ok(lines.join("\n") + "\n")
}

/// What the workspace says of a key of this section.
fn shared<'a>(workspace: &'a Table, section: &str, key: &str) -> anyhow::Result<&'a Value> {
    let section = if section == "package" { "package" } else { "dependencies" };
    let found = workspace.get("workspace").and_then(|shared| shared.get(section)?.get(key));
    found.with_context(|| format!("the workspace has no {key} among its {section}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_packages_take_nothing_from_a_workspace() {
        for manifest in [
            include_str!("../../../../../plugins/sdk/Cargo.toml"),
            include_str!("../../../../../plugins/macros/Cargo.toml"),
        ] {
            let alone = standalone(manifest).unwrap();
            assert!(!alone.contains("workspace") && !alone.contains("../macros"), "{alone}");
            let table: Table = alone.parse().unwrap();
            assert_eq!(table["package"]["edition"].as_str(), Some("2024"));
            for (name, dependency) in table["dependencies"].as_table().unwrap() {
                let version = dependency.as_str().or_else(|| dependency.get("version")?.as_str());
                assert!(version.is_some(), "{name}");
            }
        }
    }
}
