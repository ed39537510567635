//! The screen of a person: its width and its colours. There is none where output goes to a file or another program.

use std::env;
use std::io::{IsTerminal, stdout};
use std::os::fd::AsFd;

use rustix::termios::tcgetwinsize;

/// The least width that output is fitted to; below it nothing is fitted.
const WIDTH_MIN: usize = 40;

/// What standard output is shown on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Screen {
    /// Characters of a line; none where there is no terminal.
    pub(super) width: Option<usize>,
    /// Whether colours are shown.
    pub(super) has_colours: bool,
}

impl Screen {
    /// Standard output.
    pub(super) fn of_stdout() -> Self {
        let width = Self::width_of(stdout());
        Self { width, has_colours: width.is_some() && wants_colours() }
    }

    /// The characters of a line; none where there is no terminal.
    pub(super) fn width_of(stream: impl IsTerminal + AsFd) -> Option<usize> {
        let size = stream.is_terminal().then(|| tcgetwinsize(stream).ok()).flatten()?;
        Some(usize::from(size.ws_col)).filter(|width| *width >= WIDTH_MIN)
    }

    /// Whether a person looks at it.
    pub(super) fn is_terminal(self) -> bool {
        self.width.is_some()
    }
}

/// Whether the user has left colours on: by `NO_COLOR` (no-color.org), and by a terminal that has none.
fn wants_colours() -> bool {
    let is_set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    !is_set("NO_COLOR") && env::var_os("TERM").is_none_or(|terminal| terminal != "dumb")
}
