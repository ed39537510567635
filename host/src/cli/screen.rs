//! The screen of a person: its width and its colours. There is none where output goes to a file or another program.

use std::env;
use std::io::{IsTerminal, stdout};

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
    /// No terminal: nothing is fitted and nothing has a colour.
    pub(super) const NONE: Self = Self { width: None, has_colours: false };

    /// Standard output.
    pub(super) fn of_stdout() -> Self {
        if !stdout().is_terminal() {
            return Self::NONE;
        }
        let width = tcgetwinsize(stdout()).ok().map(|size| usize::from(size.ws_col));
        Self { width: width.filter(|width| *width >= WIDTH_MIN), has_colours: wants_colours() }
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
