//! Tokens and sessions: who a caller is. Tokens are those of the settings and those of the store; all are in memory, so
//! that a request reads nothing, and changes of other hosts hold here within a second.

mod create;
mod error;
mod following;
mod key;
mod sessions;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, RwLock};

use subtle::ConstantTimeEq;

use crate::domain::{AccessToken, Digest, Scope, TokenId};
use crate::finishing::to_its_end;
use crate::ports::{Clock, Ids, Storage, StorageResult};

pub use create::{Made, NewToken};
pub use error::TokenError;
pub use key::Key;

/// The tokens of this host.
pub struct Tokens {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    /// Those of the settings, which only an edit of the settings changes.
    fixed: Vec<AccessToken>,
    /// Whether a host without tokens is open: if only this machine reaches it.
    may_be_open: bool,
    ring: RwLock<Arc<Ring>>,
    /// Whether there are tokens, for the server of connections.
    are_any: Arc<AtomicBool>,
    /// One change at a time, so that rings are read in the order of the changes.
    changing: tokio::sync::Mutex<()>,
}

/// All tokens of one moment.
struct Ring {
    /// The revision in storage before the tokens were read.
    revision: u64,
    keys: Vec<Arc<Key>>,
}

impl Tokens {
    /// Reads the tokens of storage, beside those of the settings. Without any, the host is open if it may be.
    pub async fn load(
        storage: Arc<dyn Storage>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
        fixed: Vec<AccessToken>,
        may_be_open: bool,
    ) -> StorageResult<Arc<Self>> {
        let ring = RwLock::new(Arc::new(Ring { revision: 0, keys: Vec::new() }));
        let are_any = Arc::default();
        let tokens =
            Self { storage, clock, ids, fixed, may_be_open, ring, are_any, changing: Default::default() };
        tokens.refresh().await?;
        Ok(Arc::new(tokens))
    }

    /// Whether every caller on this machine has access.
    pub fn is_open(&self) -> bool {
        self.may_be_open && self.ring().keys.is_empty()
    }

    /// Whether there are tokens, which distinguish clients from anonymous ones.
    pub fn are_any(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.are_any)
    }

    /// The valid token with this text, which is noted as used.
    pub fn find(&self, text: &str) -> Option<Arc<Key>> {
        let digest = Digest::of(text.as_bytes());
        // Every token is compared, and in constant time, so that the time reveals nothing.
        let is_it = |key: &Key| bool::from(key.token.digest.as_bytes().ct_eq(digest.as_bytes()));
        let ring = self.ring();
        let found = ring.keys.iter().fold(None, |found, key| if is_it(key) { Some(key) } else { found })?;
        self.valid(found)
    }

    /// All tokens: those of the settings, then those of the store by name.
    pub fn list(&self) -> Vec<Arc<Key>> {
        let mut keys = self.ring().keys.clone();
        keys.sort_by(|a, b| {
            let order =
                |key: &Key| (!key.is_fixed, key.token.name.clone(), key.token.created_at, key.token.id());
            order(a).cmp(&order(b))
        });
        keys
    }

    /// Revokes a token at once, with its sessions. It finishes even if the caller disconnects.
    ///
    /// `by` is the token of the caller, if it has one: without the scope `operate` it revokes only tokens whose scopes it
    /// has itself.
    pub async fn revoke(
        self: &Arc<Self>,
        by: Option<&AccessToken>,
        id: TokenId,
    ) -> Result<Arc<Key>, TokenError> {
        let (tokens, by) = (Arc::clone(self), by.cloned());
        to_its_end(async move {
            let _changing = tokens.changing.lock().await;
            let keys = tokens.list();
            let key = keys.iter().find(|key| key.token.id() == id).ok_or(TokenError::Unknown(id))?;
            if key.is_fixed {
                return Err(TokenError::OfSettings(key.token.name.clone()));
            }
            create::check_covered(by.as_ref(), &key.token.scopes)?;
            tokens.check_left(keys.iter().filter(|key| key.token.id() != id))?;
            tokens.storage.remove_token(id).await?;
            tokens.refresh().await?;
            Ok(Arc::clone(key))
        })
        .await
    }

    /// Refuses a change after which nobody could make tokens any more.
    fn check_left<'a>(&self, mut left: impl Iterator<Item = &'a Arc<Key>>) -> Result<(), TokenError> {
        let mut is_empty = true;
        let operates = left.any(|key| {
            is_empty = false;
            key.token.scopes.contains(&Scope::Operate)
        });
        if operates || is_empty && self.may_be_open { Ok(()) } else { Err(TokenError::LastOperator) }
    }

    fn ring(&self) -> Arc<Ring> {
        Arc::clone(&self.ring.read().unwrap_or_else(|poisoned| poisoned.into_inner()))
    }

    /// The key if it is valid now, noted as used.
    fn valid(&self, key: &Arc<Key>) -> Option<Arc<Key>> {
        let now = self.clock.now();
        if key.token.is_expired(now) {
            return None;
        }
        key.note_use(now);
        Some(Arc::clone(key))
    }

    /// Reads the tokens of storage anew.
    async fn refresh(&self) -> StorageResult<()> {
        // First: a change that is written meanwhile is then read once more, never missed.
        let revision = self.storage.token_revision().await?;
        let stored = self.storage.tokens().await?;
        let fixed = self.fixed.iter().cloned().map(|token| (token, true));
        let all = fixed.chain(stored.into_iter().map(|token| (token, false)));
        let before = self.ring();
        let keys: Vec<_> = all.map(|(token, is_fixed)| Arc::new(before.key(token, is_fixed))).collect();
        self.are_any.store(!keys.is_empty() || !self.may_be_open, Ordering::Relaxed);
        *self.ring.write().unwrap_or_else(|poisoned| poisoned.into_inner()) =
            Arc::new(Ring { revision, keys });
        Ok(())
    }
}

impl Ring {
    /// The key of a token, with the use that is known of it.
    fn key(&self, token: AccessToken, is_fixed: bool) -> Key {
        let known = self.keys.iter().find(|key| key.token.digest == token.digest);
        let used_at = known.and_then(|key| key.used_at()).max(token.last_used_at);
        Key::new(token, is_fixed, used_at)
    }
}
