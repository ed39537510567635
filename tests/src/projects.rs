//! Projects of plugins, where their tools are found.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::binaries::{tools, workspace};

/// A copy of a plugin in JavaScript where its tool is found, as in a project of its own. It lies in the folder that is returned
/// as well.
pub fn copy_beside_tools(plugin: &str) -> (PathBuf, TempDir) {
    let place = tempfile::tempdir_in(tools()).expect("a folder can be made");
    let folder = place.path().join("plugin");
    copy(&workspace().join(plugin), &folder);
    (folder, place)
}

/// Copies a folder, without what npm installed there.
fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).expect("a folder can be made");
    for entry in fs::read_dir(from).expect("the folder is there") {
        let entry = entry.expect("the folder can be read");
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        if path.is_file() {
            fs::copy(&path, &target).expect("a file can be copied");
        } else if entry.file_name() != "node_modules" {
            copy(&path, &target);
        }
    }
}
