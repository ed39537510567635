//! Printing to whoever reads along. Nothing that a stranger wrote reaches a terminal as a command to it:
//! everything passes through here.

use std::fmt::Arguments;
use std::io::{ErrorKind, Write, stdout};

use super::pretty::pretty;
pub(super) use crate::domain::printable_line;
use crate::domain::{printable, printable_json};

/// Prints a text and ends the line. A reader that has seen enough, as `head` has, ends the program without a
/// complaint.
pub(super) fn line(text: Arguments<'_>) {
    print(&printable(&text.to_string()));
}

/// Prints JSON, indented, its values as they were written.
pub(super) fn json(json: &str) {
    print(&printable_json(&pretty(json)));
}

/// Prints JSON on one line.
pub(super) fn json_line(json: &str) {
    print(&printable_json(json));
}

/// Prints to the one who waits for no data: to stderr.
pub(super) fn error(text: Arguments<'_>) {
    eprintln!("{}", printable(&text.to_string()));
}

fn print(text: &str) {
    match writeln!(stdout(), "{text}") {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => std::process::exit(0),
        // There is nobody left to tell.
        _ => {}
    }
}

/// `println!`, for commands whose output may be cut off.
macro_rules! say {
    ($($text:tt)*) => { $crate::cli::out::line(format_args!($($text)*)) };
}

pub(super) use say;
