//! Lines of the log of an attempt.

use std::fmt::Display;

use crate::Job;

/// How much a line of the log matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Level {
    /// A detail, for debugging.
    Trace,
    /// For debugging.
    Debug,
    /// What happens as it should.
    Info,
    /// What may need a look. Shown with the failure of the attempt.
    Warn,
    /// What failed. Shown with the failure of the attempt.
    Error,
}

/// # Log
///
/// What a task prints is logged as well, without a level. Warnings and errors are also shown with the failure of the
/// attempt, like what it prints to stderr. A line has at most 8 KiB; a longer one goes on in the next.
///
/// ```
/// # use taskbox_task::{Job, Level};
/// let job = Job::for_test();
/// job.info("paid 5.00 EUR");
/// job.warn(format_args!("the partner took {} s", 20));
/// assert_eq!(job.log_lines()[1], (Level::Warn, "the partner took 20 s".to_owned()));
/// ```
impl Job {
    /// Logs a line of this level.
    pub fn log(&self, level: Level, message: impl Display) {
        self.host.log(level, &message.to_string());
    }

    /// Logs a line for debugging.
    pub fn debug(&self, message: impl Display) {
        self.log(Level::Debug, message);
    }

    /// Logs a line.
    pub fn info(&self, message: impl Display) {
        self.log(Level::Info, message);
    }

    /// Logs a warning.
    pub fn warn(&self, message: impl Display) {
        self.log(Level::Warn, message);
    }

    /// Logs an error.
    pub fn error(&self, message: impl Display) {
        self.log(Level::Error, message);
    }
}
