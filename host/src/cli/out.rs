//! Printing to whoever reads along.

use std::fmt::Arguments;
use std::io::{ErrorKind, Write, stdout};

/// Prints a line. A reader that has seen enough, as `head` has, ends the program without a complaint.
pub(super) fn line(text: Arguments<'_>) {
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
