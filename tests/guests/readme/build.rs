//! Makes a module of every Rust block in the README.

use std::fmt::Write;
use std::path::Path;

#[path = "../../src/markdown.rs"]
mod markdown;

fn main() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../README.md");
    println!("cargo::rerun-if-changed={}", readme.display());
    let text = std::fs::read_to_string(&readme).expect("the README can be read");
    let mut modules = String::new();
    for block in markdown::blocks(&text).into_iter().filter(|block| block.language == "rust") {
        writeln!(
            modules,
            "#[allow(missing_docs, reason = \"an example\")]\npub mod line_{} {{\n{}}}",
            block.line, block.text
        )
        .expect("a text takes more text");
    }
    let out = std::env::var("OUT_DIR").expect("cargo says where");
    std::fs::write(Path::new(&out).join("blocks.rs"), modules).expect("the modules can be written");
}
