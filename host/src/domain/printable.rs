//! Texts of strangers, made fit to print: a control character can move the cursor, change a title or the
//! keyboard, and one of direction makes a text look like another.

use std::borrow::Cow;
use std::fmt::Write;

/// The text with such characters written out, as in `\u{1b}`. Tabs and the ends of lines stay.
pub fn printable(text: &str) -> Cow<'_, str> {
    escaped(text, |char| is_unprintable(char) && !matches!(char, '\n' | '\t'))
}

/// The text as a part of one line: the ends of lines and tabs are written out too, as in `\n`.
pub fn printable_line(text: &str) -> String {
    escaped(text, is_unprintable).into_owned()
}

/// JSON with such characters as escapes, which mean the same. The spaces between its values stay.
pub fn printable_json(json: &str) -> Cow<'_, str> {
    if !json.contains(is_unprintable) {
        return Cow::Borrowed(json);
    }
    let mut out = String::with_capacity(json.len() + 32);
    for char in json.chars() {
        match is_unprintable(char) && !matches!(char, '\n' | '\r' | '\t') {
            // All of them have four digits. Writing to a text never fails.
            true => {
                let _ = write!(out, "\\u{:04x}", u32::from(char));
            }
            false => out.push(char),
        }
    }
    Cow::Owned(out)
}

fn escaped(text: &str, is_escaped: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&is_escaped) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 32);
    for char in text.chars() {
        match is_escaped(char) {
            true => out.extend(char.escape_default()),
            false => out.push(char),
        }
    }
    Cow::Owned(out)
}

/// Control characters (C0, DEL and C1), marks of direction, and the ends of lines and paragraphs of Unicode.
fn is_unprintable(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_commands_a_terminal_is_written_out() {
        assert_eq!(printable("a\u{1b}]0;x\u{7}\u{9b}2J\r\u{7f}"), r"a\u{1b}]0;x\u{7}\u{9b}2J\r\u{7f}");
        assert_eq!(printable("\u{202e}fdp.exe\u{2066}\u{2028}"), r"\u{202e}fdp.exe\u{2066}\u{2028}");
        assert_eq!(printable("two\n\tlines, ü and 😀"), "two\n\tlines, ü and 😀");
        assert_eq!(printable_line("two\n\tlines"), r"two\n\tlines");
        assert_eq!(printable_line(r"a\b"), r"a\b");
    }

    #[test]
    fn json_means_the_same_as_before() {
        let json = "{\"a\":\"\u{9b}2J\u{202e}\u{7f}\",\n\"b\":\"\\u001b\"}";
        let shown = printable_json(json);
        assert_eq!(shown, "{\"a\":\"\\u009b2J\\u202e\\u007f\",\n\"b\":\"\\u001b\"}");
        let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(value(&shown), value(json));
    }
}
