//! Durable tokens and sessions.

use async_trait::async_trait;

use super::StorageResult;
use crate::domain::{AccessToken, Digest, Session, Timestamp, TokenId};

/// Durable tokens.
#[async_trait]
pub trait TokenStore: Send + Sync {
    /// Keeps a token. One of the same id is replaced.
    async fn put_token(&self, token: AccessToken) -> StorageResult<()>;

    /// Removes a token and its sessions. Returns whether there was one.
    async fn remove_token(&self, id: TokenId) -> StorageResult<bool>;

    /// All tokens, by id.
    async fn tokens(&self) -> StorageResult<Vec<AccessToken>>;

    /// Notes when tokens were last used: the latest time stays, and ids that are gone are skipped.
    async fn note_token_uses(&self, uses: Vec<(TokenId, Timestamp)>) -> StorageResult<()>;

    /// A number that grows with every token that is put or removed. Every host reads it twice a second.
    async fn token_revision(&self) -> StorageResult<u64>;
}

/// Durable sessions.
#[async_trait]
pub trait SessionStore: Send + Sync {
    /// Keeps a session, and ends those of [`sessions_to_end`](crate::domain::sessions_to_end).
    async fn open_session(&self, session: Session, now: Timestamp) -> StorageResult<()>;

    /// A session, also one that is over.
    async fn session(&self, digest: Digest) -> StorageResult<Option<Session>>;

    /// Notes the time of a request: the latest time stays, and a session that is gone is skipped.
    async fn note_session_use(&self, digest: Digest, at: Timestamp) -> StorageResult<()>;

    /// Ends a session, if there is one.
    async fn close_session(&self, digest: Digest) -> StorageResult<()>;
}
