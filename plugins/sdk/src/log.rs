//! Lines of the log of an attempt, with a level. What a task prints is logged as well, without one.
//!
//! Warnings and errors are also shown with the failure of the attempt, like what it prints to stderr.

use std::fmt::Display;

use crate::bindings::taskbox::task::job::{Level, log};

/// Logs a line for the search of a fault.
pub fn debug(message: impl Display) {
    log(Level::Debug, &message.to_string());
}

/// Logs a line.
pub fn info(message: impl Display) {
    log(Level::Info, &message.to_string());
}

/// Logs a warning.
pub fn warn(message: impl Display) {
    log(Level::Warn, &message.to_string());
}

/// Logs an error.
pub fn error(message: impl Display) {
    log(Level::Error, &message.to_string());
}
