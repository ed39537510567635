//! Sessions of browsers: opened with a token, and ended with it.

use std::sync::Arc;
use std::time::Duration;

use super::{Key, Tokens};
use crate::domain::{Digest, Session};
use crate::ports::StorageResult;

/// The time within which the requests of a session are noted once.
const NOTE_EVERY: Duration = Duration::from_secs(60);

impl Tokens {
    /// Opens a session with a token. Returns the text of its cookie, of which the store has the digest.
    pub async fn open_session(&self, key: &Key) -> StorageResult<String> {
        let (text, now) = (self.ids.secret(), self.clock.now());
        let digest = Digest::of(text.as_bytes());
        let session = Session { digest, token: key.token.id(), opened_at: now, seen_at: now };
        self.storage.open_session(session, now).await?;
        Ok(text)
    }

    /// The token of the session with this cookie, if both are valid.
    pub async fn session(&self, text: &str) -> StorageResult<Option<Arc<Key>>> {
        let (digest, now) = (Digest::of(text.as_bytes()), self.clock.now());
        let session = self.storage.session(digest).await?.filter(|session| !session.is_over(now));
        let Some(session) = session else { return Ok(None) };
        let ring = self.ring();
        let key = ring.keys.iter().find(|key| key.token.id() == session.token);
        let Some(key) = key.and_then(|key| self.valid(key)) else { return Ok(None) };
        if session.seen_at.plus(NOTE_EVERY) <= now {
            self.storage.note_session_use(digest, now).await?;
        }
        Ok(Some(key))
    }

    /// Ends the session with this cookie.
    pub async fn close_session(&self, text: &str) -> StorageResult<()> {
        self.storage.close_session(Digest::of(text.as_bytes())).await
    }
}
