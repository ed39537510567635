//! Lines of three columns, wrapped where the width is known.

use std::borrow::Cow;
use std::time::Duration;

use crate::cli::out::printable_line;
use crate::cli::pretty::pretty;
use crate::cli::screen;
use crate::cli::wrapped::wrapped;

/// The columns before the text: the time and what it is.
const TIME: usize = 9;
const WHAT: usize = 9;
/// Where the text begins.
const TEXT: usize = TIME + 2 + WHAT + 1;

/// What lines are shown on.
#[derive(Clone, Copy)]
pub(in crate::cli::plugin) struct Screen {
    /// Characters of a line; none where there is no terminal.
    width: Option<usize>,
}

impl Screen {
    /// Standard output.
    pub(in crate::cli::plugin) fn of_stdout() -> Self {
        Self { width: screen::Screen::of_stdout().width }
    }

    /// Something that happened at a time.
    pub(super) fn line(self, at: Duration, what: &str, text: &str) -> String {
        self.row(&format!("{:.3} s", at.as_secs_f64()), what, text)
    }

    /// A row of three columns.
    pub(in crate::cli::plugin) fn row(self, first: &str, what: &str, text: &str) -> String {
        self.hanging(&format!("{first:>TIME$}  {what:<WHAT$}"), text)
    }

    /// A field of a summary.
    pub(super) fn field(self, name: &str, text: &str) -> String {
        let name = format!("  {name}");
        self.hanging(&format!("{name:<width$}", width = TEXT - 1), text)
    }

    /// JSON in one line; on a terminal in several, if it is too long for one.
    pub(super) fn json(self, json: &str) -> Cow<'_, str> {
        match self.width {
            Some(width) if json.chars().count() > width - TEXT => pretty(json).into(),
            _ => json.into(),
        }
    }

    /// A text behind its head, its further lines below its beginning.
    fn hanging(self, head: &str, text: &str) -> String {
        let room = self.width.map(|width| width - TEXT);
        let rows = text.lines().flat_map(|line| wrapped(&printable_line(line), room)).collect::<Vec<_>>();
        let indent = format!("\n{}", " ".repeat(TEXT));
        format!("{head} {}", rows.join(&indent)).trim_end().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_wrapped_below_its_beginning() {
        let screen = Screen { width: Some(45) };
        let text = "GET some words and https://a.example/a/very/long/path 200";
        let shown = screen.line(Duration::from_millis(1_234), "request", text);
        let expected = [
            "  1.234 s  request   GET some words and",
            "                     https://a.example/a/very",
            "                     /long/path 200",
        ];
        assert_eq!(shown, expected.join("\n"));
    }

    #[test]
    fn nothing_is_wrapped_where_there_is_no_terminal() {
        let text = "x".repeat(500);
        assert!(Screen { width: None }.field("output", &text).ends_with(&text));
    }

    #[test]
    fn json_that_is_too_long_for_a_line_is_indented_on_a_terminal() {
        let json = r#"{"name":"some text that is long","other":7}"#;
        assert_eq!(Screen { width: Some(80) }.json(json), json);
        assert_eq!(Screen { width: None }.json(json), json);
        assert_eq!(Screen { width: Some(50) }.json(json).lines().count(), 4);
    }

    #[test]
    fn control_characters_are_written_out() {
        assert!(Screen { width: Some(80) }.field("output", "\u{1b}[2J").contains("\\u{1b}"));
    }
}
