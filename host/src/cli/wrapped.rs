//! Texts in rows.

/// A line in rows of at most so many characters, broken at spaces where there are any.
pub(super) fn wrapped(line: &str, room: Option<usize>) -> Vec<String> {
    let Some(room) = room else { return vec![line.to_owned()] };
    let mut rows = Vec::new();
    let mut rest: Vec<char> = line.chars().collect();
    while rest.len() > room {
        let space = rest[..=room].iter().rposition(|char| *char == ' ').filter(|at| *at > room / 2);
        let (end, next) = space.map_or((room, room), |at| (at, at + 1));
        rows.push(rest[..end].iter().collect());
        rest.drain(..next);
    }
    rows.push(rest.into_iter().collect());
    rows
}

#[cfg(test)]
mod tests {
    use super::wrapped;

    #[test]
    fn a_text_is_broken_at_spaces_and_a_long_word_within() {
        assert_eq!(wrapped("a line of words", Some(8)), ["a line", "of words"]);
        assert_eq!(wrapped("0123456789", Some(8)), ["01234567", "89"]);
        assert_eq!(wrapped("a line of words", None), ["a line of words"]);
    }
}
