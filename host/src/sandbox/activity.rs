//! What a guest did last that its host saw. It tells an author where a task was, also one in a language whose calls the
//! host cannot see, because an interpreter runs them.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::short::short;

/// Bytes of the words about it.
const BYTES_MAX: usize = 200;

/// The last activity of one attempt; its clones are the same one.
#[derive(Clone, Default)]
pub(super) struct LastActivity(Arc<Mutex<Option<Seen>>>);

struct Seen {
    what: String,
    at: Instant,
}

impl LastActivity {
    /// Takes one, in words such as `line "paid" logged`. What is too long loses its end.
    pub(super) fn is(&self, what: fmt::Arguments<'_>) {
        let seen = Seen { what: short(what, BYTES_MAX), at: Instant::now() };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(seen);
    }

    /// The last one, and how long ago it was; None if there was none.
    pub(super) fn in_words(&self) -> Option<String> {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        seen.as_ref().map(|Seen { what, at }| words(what, at.elapsed()))
    }
}

fn words(what: &str, ago: Duration) -> String {
    format!("last activity {:.1} s before the end: {what}", ago.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_one_is_in_words_and_bounded() {
        let activity = LastActivity::default();
        assert_eq!(activity.in_words(), None);
        activity.is(format_args!("checkpoint {:?} read", "a"));
        activity.is(format_args!("checkpoint {:?} stored", "payment"));
        let expected = "s before the end: checkpoint \"payment\" stored";
        assert!(activity.in_words().unwrap().ends_with(expected));
        activity.is(format_args!("line {:?} logged", "ä".repeat(5_000)));
        assert!(activity.in_words().unwrap().len() < BYTES_MAX + 40);
        assert_eq!(words("x", Duration::from_millis(29_340)), "last activity 29.3 s before the end: x");
    }
}
