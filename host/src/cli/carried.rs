//! The packages of each language that the program carries along, so that a plugin needs nothing of this repository.

use std::fs;
use std::path::Path;

use anyhow::Context;
use include_dir::{Dir, DirEntry, include_dir};

/// The package `taskbox-task` of Rust.
pub(super) static RUST: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../plugins/sdk");

/// The package `taskbox-task-macros`, which it needs.
pub(super) static RUST_MACROS: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../plugins/macros");

/// The package `taskbox_task` of Python.
pub(super) static PYTHON: Dir<'static> =
    include_dir!("$CARGO_MANIFEST_DIR/../plugins/python/src/taskbox_task");

/// The package `taskbox-task` of JavaScript.
pub(super) static JAVASCRIPT: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../plugins/javascript");

/// What lies beside the sources where this program was built, and is none.
const LEFT_OUT: [&str; 6] = ["target", "tests", "node_modules", "__pycache__", ".mypy_cache", ".ruff_cache"];

/// Writes a folder, whose directories are made.
pub(super) fn write(folder: &Dir<'_>, to: &Path) -> anyhow::Result<()> {
    write_with(folder, to, &|text| Ok(text.to_owned()))
}

/// Writes a folder, and what a function makes of each of its texts.
pub(super) fn write_with(
    folder: &Dir<'_>,
    to: &Path,
    made_of: &dyn Fn(&str) -> anyhow::Result<String>,
) -> anyhow::Result<()> {
    fs::create_dir_all(to).with_context(|| format!("cannot make {}", to.display()))?;
    for entry in folder.entries() {
        let Some(name) = entry.path().file_name().filter(|name| !LEFT_OUT.iter().any(|out| name == out))
        else {
            continue;
        };
        let to = to.join(name);
        match entry {
            DirEntry::Dir(inner) => write_with(inner, &to, made_of)?,
            DirEntry::File(file) => {
                let written = match file.contents_utf8() {
                    Some(text) => fs::write(&to, made_of(text)?),
                    None => fs::write(&to, file.contents()),
                };
                written.with_context(|| format!("cannot write {}", to.display()))?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_has_its_contract_and_none_of_its_tests() {
        let place = tempfile::tempdir().unwrap();
        for (name, package) in [("python", &PYTHON), ("javascript", &JAVASCRIPT)] {
            let folder = place.path().join(name);
            write(package, &folder).unwrap();
            let contract = std::fs::read_to_string(folder.join("wit/deps/task/task.wit")).unwrap();
            assert!(contract.contains("package taskbox:task@"), "{contract}");
            assert!(folder.join("wit/deps/config/store.wit").is_file());
            assert!(!folder.join("tests").exists());
        }
    }
}
