//! A bar for the progress of what takes long, to a person at a terminal and to nobody else.

use std::io::{IsTerminal, stderr, stdout};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::out::printable_line;

/// A bar with a known end, one without, and one without any number.
const WITH_END: &str = "  [{bar:24}] {pos} of {len}  {wide_msg}";
const WITHOUT_END: &str = "  {pos}  {wide_msg}";
const WAITING: &str = "{spinner} {msg} ({elapsed})";
const REDRAWN: Duration = Duration::from_millis(100);

/// A bar that is gone from the screen when it is dropped, however its work ended.
pub(super) struct Bar(ProgressBar);

impl Bar {
    /// A bar that shows only with its first progress. It is among the lines of standard output, so both have to be a
    /// terminal.
    pub(super) fn new() -> Self {
        let is_terminal = stdout().is_terminal() && stderr().is_terminal();
        let target = if is_terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        Self(ProgressBar::with_draw_target(Some(0), target))
    }

    /// A bar for work of which only the time that it takes is known.
    pub(super) fn waiting(message: &str) -> Self {
        let bar = Self::new();
        if let Ok(style) = ProgressStyle::with_template(WAITING) {
            bar.0.set_style(style);
        }
        bar.0.set_message(printable_line(message));
        bar.0.enable_steady_tick(REDRAWN);
        bar
    }

    /// Whether nobody sees it.
    pub(super) fn is_hidden(&self) -> bool {
        self.0.is_hidden()
    }

    /// Shows how far the work is; a total of 0 is an unknown one.
    pub(super) fn show(&self, done: u64, total: u64, message: &str) {
        let template = if total > 0 { WITH_END } else { WITHOUT_END };
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.0.set_style(style.progress_chars("=> "));
        }
        self.0.set_length(total);
        self.0.set_message(printable_line(message));
        self.0.set_position(done);
    }

    /// Prints between two pictures of the bar.
    pub(super) fn aside(&self, print: impl FnOnce()) {
        self.0.suspend(print);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
