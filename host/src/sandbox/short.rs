//! Texts with a bound that is kept while they are written: a short name can stand for a very long one.

use std::fmt::{self, Write};

/// The beginning of a text, at most so many bytes, none of which is written beyond.
pub(super) fn short(text: fmt::Arguments<'_>, bytes_max: usize) -> String {
    let mut short = Short { text: String::new(), bytes_max };
    // It only fails when there is no more room.
    let _ = short.write_fmt(text);
    short.text
}

struct Short {
    text: String,
    bytes_max: usize,
}

impl Write for Short {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = self.bytes_max - self.text.len();
        self.text.push_str(&text[..text.floor_char_boundary(room)]);
        if text.len() > room { Err(fmt::Error) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_room_is_left_out_at_a_character() {
        assert_eq!(short(format_args!("{}{}", "ab", 7), 3), "ab7");
        assert_eq!(short(format_args!("{}", "ä".repeat(500)), 21), "ä".repeat(10));
    }
}
