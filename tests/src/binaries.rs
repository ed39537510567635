//! Finds what `make test` has built: the host's program and the plugins.

use std::path::{Path, PathBuf};

/// The workspace's directory.
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests' package lies in the workspace")
}

/// The `taskbox` program, built beside this test.
pub fn taskbox() -> PathBuf {
    let test = std::env::current_exe().expect("a test has a path");
    let built = test.ancestors().skip(1).map(|folder| folder.join("taskbox")).find(|path| path.is_file());
    built.unwrap_or_else(|| panic!("the taskbox program is missing; build it with `cargo build -p taskbox`"))
}

/// Where `make` installs the tools of other languages: `python`, an environment with componentize-py, and `node_modules`
/// with componentize-qjs.
pub fn tools() -> PathBuf {
    let tools = workspace().join("target/tools");
    for tool in ["python/bin/componentize-py", "node_modules/componentize-qjs/package.json"] {
        assert!(tools.join(tool).is_file(), "{tool} is missing in {}; run `make languages`", tools.display());
    }
    tools
}

/// Where cargo builds plugins in tests as their authors build them: what it builds of others' crates stays from one run to the
/// next, and what `make plugins` has built is not touched.
pub fn target_of_authors() -> PathBuf {
    workspace().join("target/newcomer")
}

/// A plugin's component, built by plain cargo.
pub fn plugin(package: &str) -> Vec<u8> {
    read_plugin(package, "wasm32-wasip2", "cargo build --release --target wasm32-wasip2 -p")
}

/// A plugin's component, built by way of preview 1 and its adapter.
pub fn plugin_of_cargo_component(package: &str) -> Vec<u8> {
    read_plugin(package, "wasm32-wasip1", "cargo component build --release -p")
}

fn read_plugin(package: &str, target: &str, build: &str) -> Vec<u8> {
    let file = format!("target/{target}/release/{}.wasm", package.replace('-', "_"));
    let path = workspace().join(file);
    std::fs::read(&path)
        .unwrap_or_else(|_| panic!("{} is missing; build it with `{build} {package}`", path.display()))
}
