//! Printing to whoever reads along. Nothing that a stranger wrote reaches a terminal as a command to it:
//! everything passes through here. And nothing here panics: a reader may have gone away, or a disk be full.

use std::fmt::Arguments;
use std::io::{ErrorKind, Write, stderr, stdout};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::pretty::pretty;
pub(super) use crate::domain::printable_line;
use crate::domain::{printable, printable_json};

/// How long a program waits for a remark to be written.
const REMARK_GRACE: Duration = Duration::from_millis(300);

/// Prints a text and ends the line.
pub(super) fn line(text: Arguments<'_>) {
    print(&printable(&text.to_string()));
}

/// Prints JSON, indented, its values as they were written.
pub(super) fn json(json: &str) {
    print(&printable_json(&pretty(json)));
}

/// Prints JSON on one line, however it was written.
pub(super) fn json_line(json: &str) {
    print(&on_one_line(&printable_json(json)));
}

/// The same JSON without the ends of lines and the tabs that stand between its values. None stands within a
/// text, where JSON has escapes for them.
fn on_one_line(json: &str) -> String {
    json.replace(['\r', '\n', '\t'], " ")
}

/// Prints a remark to standard error, where it does not mix with results. One that cannot be written, or not
/// soon, is lost: who does not read holds up only the thread that is made here, and never the end of a program.
pub(super) fn remark(text: Arguments<'_>) {
    let text = printable(&text.to_string()).into_owned();
    let (written, is_written) = mpsc::sync_channel(1);
    let printing = move || {
        let _ = writeln!(stderr(), "{text}");
        let _ = written.send(());
    };
    if thread::Builder::new().name("remark".to_owned()).spawn(printing).is_ok() {
        let _ = is_written.recv_timeout(REMARK_GRACE);
    }
}

/// Prints what a running host announces. The host depends on no reader of it: one that has gone away changes
/// nothing, and one that does not read holds up only the thread that is made here.
pub(super) fn announce(text: String) {
    let printing = move || {
        let _ = writeln!(stdout(), "{}", printable(&text));
    };
    let _ = thread::Builder::new().name("announce".to_owned()).spawn(printing);
}

/// Prints the result of a command. A reader that has seen enough, as `head` has, ends the program without a
/// complaint; a result that cannot be written for another reason is a failure of the command.
fn print(text: &str) {
    match writeln!(stdout(), "{text}") {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::BrokenPipe => std::process::exit(0),
        Err(error) => {
            remark(format_args!("taskbox: cannot write the result: {error}"));
            std::process::exit(1);
        }
    }
}

/// `println!` for the results of commands.
macro_rules! say {
    ($($text:tt)*) => { $crate::cli::out::line(format_args!($($text)*)) };
}

/// `eprintln!` for remarks.
macro_rules! note {
    ($($text:tt)*) => { $crate::cli::out::remark(format_args!($($text)*)) };
}

pub(super) use {note, say};

#[cfg(test)]
mod tests {
    use super::on_one_line;

    #[test]
    fn json_is_on_one_line_and_means_the_same() {
        let json = "{\r\n\t\"a\": \"x\\r\\n\\t\",\r\"b\": [1,\n2]}\n";
        let line = on_one_line(json);
        assert!(!line.contains(['\r', '\n', '\t']), "{line}");
        let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(value(&line), value(json));
    }
}
