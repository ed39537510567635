//! Where the code of a guest was when it ended: its calls, the innermost first.

use std::fmt::{self, Write};

use wasmtime::{FrameInfo, WasmBacktrace};

use super::lines::Lines;

/// Bytes of all calls, and of the name of one.
const BYTES_MAX: usize = 2 * 1024;
const NAME_BYTES_MAX: usize = 200;
/// Bytes of a line.
const LINE_BYTES_MAX: usize = 100;

/// What Rust calls between a panic and its end. It says nothing about the guest.
const PANICKING: [&str; 12] = [
    "__rust",
    "abort",
    "alloc::alloc::",
    "alloc::raw_vec::",
    "core::cell::",
    "core::option::",
    "core::panicking::",
    "core::result::",
    "core::slice::",
    "core::str::",
    "rust_",
    "std::",
];

/// The calls under way when an error ended a guest, with the lines that the debug information names; empty if none were.
pub(super) fn of(error: &wasmtime::Error, lines: &Lines) -> String {
    let frames = error.downcast_ref::<WasmBacktrace>().map(WasmBacktrace::frames).unwrap_or_default();
    text(frames.iter().map(|frame| Call { name: name(frame), line: line(frame, lines) }).collect())
}

/// A call that is under way.
#[derive(PartialEq, Eq)]
struct Call {
    /// The function.
    name: String,
    /// The line in it, if it is known.
    line: Option<String>,
}

/// A call in a line for each, those of a recursion together, and none of what merely panics.
fn text(mut calls: Vec<Call>) -> String {
    let is_panicking = |call: &Call| PANICKING.iter().any(|start| call.name.starts_with(start));
    let panicking = calls.iter().take_while(|call| is_panicking(call)).count();
    // A guest whose names are all of that kind is shown as it is.
    if panicking < calls.len() && calls[..panicking].iter().any(|call| call.name.contains("panic")) {
        calls.drain(..panicking);
    }
    let mut text = String::new();
    for same in calls.chunk_by(|a, b| a == b) {
        let Call { name, line } = &same[0];
        let times = if same.len() > 1 { format!(" ({} times)", same.len()) } else { String::new() };
        let place = line.as_ref().map(|line| format!(" in {line}")).unwrap_or_default();
        let line = format!("  at {name}{times}{place}\n");
        if text.len() + line.len() > BYTES_MAX {
            text.push_str("  ...\n");
            break;
        }
        text.push_str(&line);
    }
    text.truncate(text.trim_end().len());
    text
}

/// The name of a function as its author knows it; its number in its module, if it has no name.
fn name(frame: &FrameInfo) -> String {
    match frame.func_name() {
        Some(name) => short(format_args!("{:#}", rustc_demangle::demangle(name))),
        None => {
            let module = frame.module().name().unwrap_or("a module");
            short(format_args!("function {} of {module}", frame.func_index()))
        }
    }
}

/// The line of a call.
fn line(frame: &FrameInfo, lines: &Lines) -> Option<String> {
    lines.at(frame.module_offset()?).map(|line| shortened(&line).to_owned())
}

/// A line as its author knows it: in the standard library or in a package without the place of either. A path that is
/// long all the same loses its beginning.
fn shortened(line: &str) -> &str {
    let package = line.split_once("/registry/src/").map(|(_, package)| package);
    let inside = package.or_else(|| line.strip_prefix("/rustc/"));
    let line = inside.and_then(|path| path.split_once('/')).map_or(line, |(_, path)| path);
    &line[line.ceil_char_boundary(line.len().saturating_sub(LINE_BYTES_MAX))..]
}

/// The beginning of a text, none of which is written beyond: a short name can stand for a very long one.
fn short(text: fmt::Arguments<'_>) -> String {
    let mut short = Short(String::new());
    // It only fails when there is no more room.
    let _ = short.write_fmt(text);
    short.0
}

struct Short(String);

impl Write for Short {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = NAME_BYTES_MAX - self.0.len();
        self.0.push_str(&text[..text.floor_char_boundary(room)]);
        if text.len() > room { Err(fmt::Error) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(name: &str) -> Call {
        Call { name: name.to_owned(), line: None }
    }

    fn text_of(names: &[&str]) -> String {
        text(names.iter().map(|name| call(name)).collect())
    }

    #[test]
    fn it_begins_where_the_guest_panicked() {
        let names = [
            "abort",
            "std::panicking::begin_panic",
            "core::panicking::panic_fmt",
            "core::option::unwrap_failed",
            "shop::pay",
            "shop::run",
        ];
        assert_eq!(text_of(&names), "  at shop::pay\n  at shop::run");
        assert_eq!(text_of(&["rust_shop::pay", "shop::run"]), "  at rust_shop::pay\n  at shop::run");
    }

    #[test]
    fn a_line_is_named_as_in_its_package() {
        for (line, short) in [
            ("src/lib.rs:7", "src/lib.rs:7"),
            ("/rustc/59807616e1/library/core/src/option.rs:7", "library/core/src/option.rs:7"),
            ("/root/.cargo/registry/src/index-1949/serde-1.0.2/src/de.rs:7", "serde-1.0.2/src/de.rs:7"),
        ] {
            assert_eq!(shortened(line), short);
        }
        assert_eq!(shortened(&"ä".repeat(500)).len(), LINE_BYTES_MAX);
    }

    #[test]
    fn a_recursion_is_one_line() {
        let mut names = vec!["shop::descend"; 60];
        names.push("shop::run");
        assert_eq!(text_of(&names), "  at shop::descend (60 times)\n  at shop::run");
        let known = || Call { line: Some("src/lib.rs:7".to_owned()), ..call("shop::pay") };
        assert_eq!(text(vec![known(), known()]), "  at shop::pay (2 times) in src/lib.rs:7");
    }

    #[test]
    fn it_is_bounded() {
        let long = "x".repeat(150);
        let text = text((0..64).map(|number| call(&format!("{long}{number}"))).collect());
        assert!((1_500..BYTES_MAX + 10).contains(&text.len()), "{}", text.len());
        assert!(text.ends_with("\n  ..."));
        assert_eq!(short(format_args!("{}", "ä".repeat(500))), "ä".repeat(NAME_BYTES_MAX / 2));
    }
}
