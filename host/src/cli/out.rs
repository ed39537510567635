//! Output. All text passes through here, so that no control character of another party reaches the terminal. Nothing
//! here panics when the reader is gone or the disk is full.

use std::fmt::Arguments;
use std::io::{ErrorKind, Write, stderr, stdout};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::paint::Line;
use super::pretty::pretty;
use super::screen::Screen;
use super::wrapped::wrapped;
pub(super) use crate::domain::printable_line;
use crate::domain::{printable, printable_json};

/// Time to write a remark.
const REMARK_GRACE: Duration = Duration::from_millis(300);

/// Prints a text and ends the line.
pub(super) fn line(text: Arguments<'_>) {
    print(&printable(&text.to_string()));
}

/// Prints a line with colours.
pub(super) fn painted(line: &Line) {
    print(line.as_str());
}

/// Prints JSON, indented, its values unchanged.
pub(super) fn json(json: &str) {
    print(&printable_json(&pretty(json)));
}

/// Prints JSON on one line.
pub(super) fn json_line(json: &str) {
    print(&on_one_line(&printable_json(json)));
}

/// The same JSON without the line ends and tabs between its values. Within texts JSON escapes them.
fn on_one_line(json: &str) -> String {
    json.replace(['\r', '\n', '\t'], " ")
}

/// Prints a remark to standard error. A remark that cannot be written in time is lost: a reader that does not read
/// blocks only the thread that is started here, never the end of the program.
pub(super) fn remark(text: Arguments<'_>) {
    let text = printable(&text.to_string()).into_owned();
    let text = match Screen::width_of(stderr()) {
        Some(width) => {
            text.lines().flat_map(|line| wrapped(line, Some(width))).collect::<Vec<_>>().join("\n")
        }
        None => text,
    };
    let (written, is_written) = mpsc::sync_channel(1);
    let printing = move || {
        let _ = writeln!(stderr(), "{text}");
        let _ = written.send(());
    };
    if thread::Builder::new().name("remark".to_owned()).spawn(printing).is_ok() {
        let _ = is_written.recv_timeout(REMARK_GRACE);
    }
}

/// Prints an announcement of a running host. A reader that is gone changes nothing, and one that does not read blocks
/// only the thread that is started here.
pub(super) fn announce(text: String) {
    let printing = move || {
        let _ = writeln!(stdout(), "{}", printable(&text));
    };
    let _ = thread::Builder::new().name("announce".to_owned()).spawn(printing);
}

/// Prints the result of a command. A reader that closes its end, such as `head`, ends the program without an error;
/// any other failure to write is a failure of the command.
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
