//! Sessions of people in browsers. A session is opened with a token and holds no longer than that.

use std::time::Duration;

use super::{Digest, Timestamp, TokenId};

/// The most sessions of a store. Beyond it, the one that was used longest ago ends.
pub const SESSIONS_MAX: usize = 1_000;

/// Time without a request after which a session ends.
pub const SESSION_IDLE_MAX: Duration = Duration::from_secs(12 * 3600);

/// Time after which a session ends, however busy it is.
pub const SESSION_AGE_MAX: Duration = Duration::from_secs(7 * 24 * 3600);

/// A session.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Session {
    /// The SHA-256 digest of the text in the cookie.
    pub digest: Digest,
    /// The token with which it was opened.
    pub token: TokenId,
    /// When it was opened.
    pub opened_at: Timestamp,
    /// Its last request, to the minute.
    pub seen_at: Timestamp,
}

impl Session {
    /// Whether it has ended.
    pub fn is_over(&self, now: Timestamp) -> bool {
        self.seen_at.plus(SESSION_IDLE_MAX) <= now || self.opened_at.plus(SESSION_AGE_MAX) <= now
    }
}

/// The sessions of these that end when another one is opened: those that are over, and the one used longest ago when
/// there are too many.
pub fn sessions_to_end(sessions: &[Session], now: Timestamp) -> Vec<Digest> {
    let (over, mut open): (Vec<&Session>, Vec<_>) = sessions.iter().partition(|session| session.is_over(now));
    open.sort_by_key(|session| (session.seen_at, *session.digest.as_bytes()));
    let too_many = (open.len() + 1).saturating_sub(SESSIONS_MAX);
    over.into_iter().chain(open.into_iter().take(too_many)).map(|session| session.digest).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Timestamp = Timestamp::from_millis(1_800_000_000_000);

    fn session(number: usize, seen_at: Timestamp) -> Session {
        let digest = Digest::of(&number.to_be_bytes());
        Session { digest, token: TokenId::of(&digest), opened_at: AT, seen_at }
    }

    #[test]
    fn a_session_ends_when_it_is_idle_and_in_any_case_some_day() {
        let idle_end = AT.plus(SESSION_IDLE_MAX);
        assert!(!session(1, AT).is_over(Timestamp::from_millis(idle_end.as_millis() - 1)));
        assert!(session(1, AT).is_over(idle_end));
        let end = AT.plus(SESSION_AGE_MAX);
        assert!(session(1, end).is_over(end));
    }

    #[test]
    fn of_too_many_sessions_the_one_used_longest_ago_ends() {
        let at = |number: usize| AT.plus(Duration::from_secs(number as u64));
        let open: Vec<_> = (0..SESSIONS_MAX).map(|number| session(number, at(number))).collect();
        assert_eq!(sessions_to_end(&open, at(0)), [open[0].digest]);
        assert_eq!(sessions_to_end(&open[1..], at(0)), []);
        let later = AT.plus(SESSION_AGE_MAX);
        assert_eq!(sessions_to_end(&open, later).len(), SESSIONS_MAX);
    }
}
