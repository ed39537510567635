//! Checks the layers of the host: the imports of each module, and the crates and calls of only some.
//!
//! A scan of the sources, not of the compiled code: it needs no build, and it sees a forbidden import also
//! where a feature or a platform leaves it out.

#[path = "layers/circles.rs"]
mod circles;
#[path = "layers/domain.rs"]
mod domain;
#[path = "layers/lexer.rs"]
mod lexer;
#[path = "layers/paths.rs"]
mod paths;
#[path = "layers/rules.rs"]
mod rules;
#[path = "layers/table.rs"]
mod table;

use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn imports_go_down_only() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../host/src");
    let mut broken = Vec::new();
    let mut read = 0;
    for path in sources(&root) {
        let file =
            path.strip_prefix(&root).expect("a source lies below its root").to_string_lossy().into_owned();
        let source = fs::read_to_string(&path).expect("a source can be read");
        let found = rules::findings(&file, &source);
        broken.extend(
            found.iter().map(|finding| format!("host/src/{file}:{}: {}", finding.line, finding.text)),
        );
        read += 1;
    }
    assert!(read > 50, "only {read} sources were found below {}", root.display());
    assert!(broken.is_empty(), "the layers are broken:\n{}", broken.join("\n"));
}

#[test]
fn no_file_imports_one_that_imports_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../host/src");
    let named = |path: PathBuf| {
        let file =
            path.strip_prefix(&root).expect("a source lies below its root").to_string_lossy().into_owned();
        (file, fs::read_to_string(&path).expect("a source can be read"))
    };
    let circles = circles::Sources::new(sources(&root).into_iter().map(named)).circles();
    assert!(circles.is_empty(), "{} circles of imports:\n{}", circles.len(), circles.join("\n\n"));
}

/// `lib.rs` declares the modules, and nothing else that a module could import past the table.
#[test]
fn the_modules_of_the_host_are_those_of_the_table() {
    let lib = include_str!("../../host/src/lib.rs").lines();
    let items: Vec<&str> = lib.filter(|line| !line.starts_with("#![")).collect();
    let tokens = lexer::production_tokens(&items.join("\n"));
    let words: Vec<&str> = tokens.iter().map(|token| token.text.as_str()).collect();
    let mut declared: Vec<&str> = words
        .chunks(4)
        .map(|item| match item {
            ["pub", "mod", name, ";"] => *name,
            other => panic!("lib.rs has more than `pub mod NAME;`: {}", other.join(" ")),
        })
        .collect();
    // The program beside the library.
    declared.push("main");
    declared.sort_unstable();
    let mut known: Vec<&str> = table::MAY_IMPORT.iter().map(|(module, _)| *module).collect();
    known.sort_unstable();
    assert_eq!(declared, known);
}

/// The Rust files below a folder, but for those that are compiled for tests only, and for `lib.rs`, which
/// only declares the modules.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder of sources can be listed") {
        let path = entry.expect("an entry can be read").path();
        let is = |name: &str| path.file_name().is_some_and(|own| own == name);
        if is("tests") || is("tests.rs") || is("lib.rs") {
            continue;
        }
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}
