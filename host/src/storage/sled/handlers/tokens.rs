//! Keeping tokens and sessions.

use super::super::codec::RevisionRecord;
use super::super::keys;
use super::super::txn::Txn;
use super::super::view::Look;
use crate::domain::{AccessToken, Digest, Session, Timestamp, TokenId, sessions_to_end};
use crate::ports::StorageResult;

/// Keeps a token.
pub fn put_token(txn: &mut Txn<'_>, token: &AccessToken) -> StorageResult<()> {
    txn.put(&keys::token(&token.id()), token)?;
    raise_revision(txn)
}

/// Removes a token and its sessions. Returns whether there was one.
pub fn remove_token(txn: &mut Txn<'_>, id: &TokenId) -> StorageResult<bool> {
    let key = keys::token(id);
    let known: Option<AccessToken> = txn.record(&key)?;
    if known.is_none() {
        return Ok(false);
    }
    txn.remove(&key)?;
    for session in txn.sessions()? {
        if session.token == *id {
            txn.remove(&keys::session(&session.digest))?;
        }
    }
    raise_revision(txn)?;
    Ok(true)
}

/// Notes when tokens were last used.
pub fn note_token_uses(txn: &mut Txn<'_>, uses: &[(TokenId, Timestamp)]) -> StorageResult<()> {
    for (id, at) in uses {
        let key = keys::token(id);
        if let Some(token) = txn.record::<AccessToken>(&key)? {
            txn.put(&key, &token.used(*at))?;
        }
    }
    Ok(())
}

fn raise_revision(txn: &mut Txn<'_>) -> StorageResult<()> {
    let number = txn.token_revision()? + 1;
    txn.put(&keys::token_revision(), &RevisionRecord { number })
}

/// Keeps a session, and ends those that have to.
pub fn open_session(txn: &mut Txn<'_>, session: &Session, now: Timestamp) -> StorageResult<()> {
    for digest in sessions_to_end(&txn.sessions()?, now) {
        txn.remove(&keys::session(&digest))?;
    }
    txn.put(&keys::session(&session.digest), session)
}

/// Notes the time of a request of a session.
pub fn note_session_use(txn: &mut Txn<'_>, digest: &Digest, at: Timestamp) -> StorageResult<()> {
    let key = keys::session(digest);
    match txn.record::<Session>(&key)? {
        Some(session) => txn.put(&key, &Session { seen_at: session.seen_at.max(at), ..session }),
        None => Ok(()),
    }
}

/// Ends a session, if there is one.
pub fn close_session(txn: &mut Txn<'_>, digest: &Digest) -> StorageResult<()> {
    txn.remove(&keys::session(digest))
}
