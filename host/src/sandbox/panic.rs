//! The words of a panic. Rust prints them, and then traps without any.

/// The place and the first line of the latest panic that a guest in Rust printed, in one sentence.
pub(super) fn said(stderr: &str) -> Option<String> {
    let mut lines = stderr.lines().rev();
    let mut message = "";
    loop {
        let line = lines.next()?;
        if let Some(place) = place(line) {
            let message = message.trim();
            let separator = if message.is_empty() { "" } else { ": " };
            return Some(format!("the guest panicked at {place}{separator}{message}"));
        }
        message = line;
    }
}

/// The place in a line such as `thread 'main' (1) panicked at src/lib.rs:7:5:`.
fn place(line: &str) -> Option<&str> {
    let (_, place) = line.strip_prefix("thread '")?.split_once(" panicked at ")?;
    Some(place.strip_suffix(':').unwrap_or(place))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_panic_is_found_with_its_place() {
        let stderr = "starting\n\
                      thread '<unnamed>' (1) panicked at src/old.rs:1:1:\nearlier\n\
                      thread '<unnamed>' (1) panicked at src/lib.rs:7:5:\nno such luck: x\n  left: 1\n\
                      note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace";
        assert_eq!(said(stderr).as_deref(), Some("the guest panicked at src/lib.rs:7:5: no such luck: x"));
    }

    #[test]
    fn a_panic_without_words_has_its_place_and_what_is_no_panic_has_none() {
        let silent = "thread 'main' panicked at src/lib.rs:7:5:\n";
        assert_eq!(said(silent).as_deref(), Some("the guest panicked at src/lib.rs:7:5"));
        assert_eq!(said("the horse panicked at the gate\nsadly"), None);
        assert_eq!(said(""), None);
    }
}
