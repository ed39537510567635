//! Where the code of a guest was when it ended: its calls, the innermost first.

use std::fmt::{self, Write};

use wasmtime::{FrameInfo, WasmBacktrace};

/// Bytes of all calls, and of the name of one.
const BYTES_MAX: usize = 2 * 1024;
const NAME_BYTES_MAX: usize = 200;

/// What Rust calls between a panic and its end. It says nothing about the guest.
const PANICKING: [&str; 9] = [
    "__rust",
    "rust_",
    "__rustc",
    "abort",
    "core::option::",
    "core::panicking::",
    "core::result::",
    "std::panicking::",
    "std::sys::",
];

/// The calls under way when an error ended a guest; empty if none were.
pub(super) fn of(error: &wasmtime::Error) -> String {
    let frames = error.downcast_ref::<WasmBacktrace>().map(WasmBacktrace::frames).unwrap_or_default();
    text(frames.iter().map(name).collect())
}

/// A call in a line for each, those of a recursion together, and none of what merely panics.
fn text(names: Vec<String>) -> String {
    let is_panicking = |name: &String| PANICKING.iter().any(|start| name.starts_with(start));
    let mut calls = names;
    let panicking = calls.iter().take_while(|name| is_panicking(name)).count();
    // A guest whose names are all of that kind is shown as it is.
    if panicking < calls.len() && calls[..panicking].iter().any(|name| name.contains("panic")) {
        calls.drain(..panicking);
    }
    let mut text = String::new();
    for same in calls.chunk_by(|a, b| a == b) {
        let line = match same.len() {
            1 => format!("  at {}\n", same[0]),
            count => format!("  at {} ({count} times)\n", same[0]),
        };
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

    fn text_of(names: &[&str]) -> String {
        text(names.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn it_begins_where_the_guest_panicked() {
        let names =
            ["abort", "std::panicking::begin_panic", "core::panicking::panic_fmt", "shop::pay", "shop::run"];
        assert_eq!(text_of(&names), "  at shop::pay\n  at shop::run");
        assert_eq!(text_of(&["rust_shop::pay", "shop::run"]), "  at rust_shop::pay\n  at shop::run");
    }

    #[test]
    fn a_recursion_is_one_line() {
        let mut names = vec!["shop::descend"; 60];
        names.push("shop::run");
        assert_eq!(text_of(&names), "  at shop::descend (60 times)\n  at shop::run");
    }

    #[test]
    fn it_is_bounded() {
        let long = "x".repeat(150);
        let names: Vec<String> = (0..64).map(|number| format!("{long}{number}")).collect();
        let text = text(names);
        assert!((1_500..BYTES_MAX + 10).contains(&text.len()), "{}", text.len());
        assert!(text.ends_with("\n  ..."));
        assert_eq!(short(format_args!("{}", "ä".repeat(500))), "ä".repeat(NAME_BYTES_MAX / 2));
    }
}
