//! Where the code of a guest was when it ended: its calls, the innermost first.

use wasmtime::{FrameInfo, WasmBacktrace};

use super::lines::Lines;
use super::short::short;

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

/// The functions in which interpreters run the code of a task. The calls around one say only that a task runs; those
/// inside one say what of the interpreter it uses, such as regular expressions.
const INTERPRETING: [&str; 2] = ["_PyEval_EvalFrameDefault", "JS_CallInternal"];

/// The calls under way when an error ended a guest, with the lines that the debug information names; empty if none were.
pub(super) fn of(error: &wasmtime::Error, lines: &Lines) -> String {
    let frames = error.downcast_ref::<WasmBacktrace>().map(WasmBacktrace::frames).unwrap_or_default();
    text(frames.iter().map(|frame| Call::of(frame, lines)).collect())
}

/// A call that is under way.
#[derive(PartialEq, Eq)]
struct Call {
    /// The function.
    name: String,
    /// Whether the module has no name for it, as after a build that strips names.
    is_nameless: bool,
    /// The line in it, if it is known.
    line: Option<String>,
}

impl Call {
    fn of(frame: &FrameInfo, lines: &Lines) -> Self {
        Self { name: name(frame), is_nameless: frame.func_name().is_none(), line: line(frame, lines) }
    }

    /// Whether both stand in one line of text.
    fn goes_with(&self, outer: &Self) -> bool {
        self == outer || (self.is_nameless && outer.is_nameless)
    }

    /// How many calls stand in its line, in words.
    fn with(&self, outer: usize) -> String {
        match outer {
            0 => String::new(),
            _ if self.is_nameless => format!(" and {outer} more without a name"),
            _ => format!(" ({} times)", outer + 1),
        }
    }
}

/// A call in a line for each, those of a recursion or without names together, and none of what merely panics.
fn text(mut calls: Vec<Call>) -> String {
    let is_panicking = |call: &Call| PANICKING.iter().any(|start| call.name.starts_with(start));
    let panicking = calls.iter().take_while(|call| is_panicking(call)).count();
    // A guest whose names are all of that kind is shown as it is.
    if panicking < calls.len() && calls[..panicking].iter().any(|call| call.name.contains("panic")) {
        calls.drain(..panicking);
    }
    let around =
        calls.iter().position(|call| INTERPRETING.contains(&&*call.name)).map(|at| calls.split_off(at + 1));
    let mut text = String::new();
    for same in calls.chunk_by(Call::goes_with) {
        let Call { name, line, .. } = &same[0];
        let times = same[0].with(same.len() - 1);
        let place = line.as_ref().map(|line| format!(" in {line}")).unwrap_or_default();
        let line = format!("  at {name}{times}{place}\n");
        if text.len() + line.len() > BYTES_MAX {
            text.push_str("  ...\n");
            break;
        }
        text.push_str(&line);
    }
    if let Some(around) = around {
        text.push_str(&format!("  ... and {} more of the interpreter", around.len()));
    }
    text.truncate(text.trim_end().len());
    text
}

/// The name of a function as its author knows it; its number in its module, if it has no name.
fn name(frame: &FrameInfo) -> String {
    match frame.func_name() {
        Some(name) => short(format_args!("{:#}", rustc_demangle::demangle(name)), NAME_BYTES_MAX),
        None => {
            let module = frame.module().name().unwrap_or("a module");
            short(format_args!("function {} of {module}", frame.func_index()), NAME_BYTES_MAX)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn call(name: &str) -> Call {
        Call { name: name.to_owned(), is_nameless: false, line: None }
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
    fn calls_without_names_are_one_line() {
        let nameless = |number| Call { is_nameless: true, ..call(&format!("function {number} of a module")) };
        let calls = vec![nameless(7), nameless(8), nameless(9), call("task#run")];
        assert_eq!(text(calls), "  at function 7 of a module and 2 more without a name\n  at task#run");
    }

    #[test]
    fn an_interpreter_is_shown_as_far_as_it_says_what_it_does() {
        let names =
            ["sre_match", "_PyEval_EvalFrameDefault", "_PyFunction_Vectorcall", "_PyEval_EvalFrameDefault"];
        let expected = "  at sre_match\n  at _PyEval_EvalFrameDefault\n  ... and 2 more of the interpreter";
        assert_eq!(text_of(&names), expected);
    }

    #[test]
    fn it_is_bounded() {
        let long = "x".repeat(150);
        let text = text((0..64).map(|number| call(&format!("{long}{number}"))).collect());
        assert!((1_500..BYTES_MAX + 10).contains(&text.len()), "{}", text.len());
        assert!(text.ends_with("\n  ..."));
    }
}
