//! Lines with colours. Their texts are made fit to print before a colour is added, so that no control character of another
//! party is among those of the colours.

use unicode_width::UnicodeWidthStr;

use super::out::printable_line;

/// How a text stands out. The colours are those of the terminal's own palette, which has legible ones on light and dark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// As all text.
    Plain,
    /// A title.
    Strong,
    /// What is read last: labels, and what is over.
    Quiet,
    /// It went well.
    Good,
    /// It went wrong.
    Bad,
    /// It happens now.
    Active,
    /// It went wrong and is tried again, or is held back.
    Warned,
}

impl Style {
    /// The parameters of the escape sequence "select graphic rendition" (ECMA-48).
    fn code(self) -> Option<&'static str> {
        match self {
            Self::Plain => None,
            Self::Strong => Some("1"),
            Self::Quiet => Some("2"),
            Self::Good => Some("32"),
            Self::Bad => Some("31"),
            Self::Active => Some("36"),
            Self::Warned => Some("35"),
        }
    }

    /// The style of the name of a state, of a job or of an order.
    pub(super) fn of_state(state: &str) -> Self {
        match state {
            "completed" => Self::Good,
            "discarded" | "failed" => Self::Bad,
            "running" | "loading" => Self::Active,
            "retryable" => Self::Warned,
            "cancelled" => Self::Quiet,
            _ => Self::Plain,
        }
    }
}

/// A line of styled texts.
#[derive(Debug, Default)]
pub(super) struct Line {
    text: String,
    has_colours: bool,
}

impl Line {
    /// An empty line.
    pub(super) fn new(has_colours: bool) -> Self {
        Self { text: String::new(), has_colours }
    }

    /// Adds a text.
    pub(super) fn push(&mut self, style: Style, text: &str) {
        let text = printable_line(text);
        match style.code().filter(|_| self.has_colours && !text.trim().is_empty()) {
            Some(code) => self.text.push_str(&format!("\u{1b}[{code}m{text}\u{1b}[0m")),
            None => self.text.push_str(&text),
        }
    }

    /// Adds a text, and spaces up to this width before or behind it.
    pub(super) fn push_padded(&mut self, style: Style, text: &str, width: usize, to_the_right: bool) {
        let spaces = " ".repeat(width.saturating_sub(width_of(text)));
        if to_the_right {
            self.text.push_str(&spaces);
        }
        self.push(style, text);
        if !to_the_right {
            self.text.push_str(&spaces);
        }
    }

    /// Ends the cell of a row that another program reads.
    pub(super) fn push_tab(&mut self) {
        self.text.push('\t');
    }

    /// The line, without spaces at its end.
    pub(super) fn as_str(&self) -> &str {
        self.text.trim_end_matches(' ')
    }
}

/// The columns that a text takes on a terminal.
pub(super) fn width_of(text: &str) -> usize {
    text.width()
}

/// A text in at most so many columns; what is left out in its middle shows as "…". Names differ by their ends as well.
pub(super) fn shortened(text: &str, width: usize) -> String {
    if width_of(text) <= width {
        return text.to_owned();
    }
    let room = width.saturating_sub(1);
    let end: String = fitting(text.chars().rev(), room / 2).chars().rev().collect();
    let begin = fitting(text.chars(), room - width_of(&end));
    format!("{begin}…{end}")
}

/// The first characters that fit so many columns.
fn fitting(chars: impl Iterator<Item = char>, width: usize) -> String {
    let mut fitting = String::new();
    for char in chars {
        fitting.push(char);
        if width_of(&fitting) > width {
            fitting.pop();
            break;
        }
    }
    fitting
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_control_character_of_a_text_is_written_out_and_that_of_a_colour_is_not() {
        let mut line = Line::new(true);
        line.push(Style::Bad, "a\u{1b}[2J");
        assert_eq!(line.as_str(), "\u{1b}[31ma\\u{1b}[2J\u{1b}[0m");
    }

    #[test]
    fn without_colours_there_is_only_text_and_no_space_at_the_end() {
        let mut line = Line::new(false);
        line.push_padded(Style::Good, "12", 4, true);
        line.push_padded(Style::Strong, " a", 9, false);
        assert_eq!(line.as_str(), "  12 a");
    }

    #[test]
    fn a_text_is_cut_by_the_columns_that_it_takes() {
        assert_eq!(shortened("create-order", 12), "create-order");
        assert_eq!(shortened("reports-of-the-night-2", 12), "report…ght-2");
        assert_eq!(shortened("注文注文", 6), "注…文");
    }
}
