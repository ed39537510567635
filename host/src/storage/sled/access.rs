//! The port's methods for the audit log, tokens and sessions.

use async_trait::async_trait;

use super::codec::AuditSpan;
use super::view::Look;
use super::{SledStorage, handlers, keys};
use crate::domain::{AccessToken, AuditEntry, AuditFilter, Digest, Session, Timestamp, TokenId};
use crate::ports::{
    AUDIT_LOOKED_AT_MAX, AuditPage, AuditRetention, AuditStore, SessionStore, StorageResult, TokenStore,
};

/// Entries that are read under one lock, about a millisecond.
const READ_AT_ONCE: u64 = 512;

#[async_trait]
impl AuditStore for SledStorage {
    async fn append_audit(
        &self,
        entry: AuditEntry,
        retention: AuditRetention,
        now: Timestamp,
    ) -> StorageResult<u64> {
        self.committer.run_long(move |txn| handlers::append_audit(txn, &entry, retention, now)).await
    }

    async fn audit(
        &self,
        filter: AuditFilter,
        before: Option<u64>,
        limit: usize,
    ) -> StorageResult<AuditPage> {
        let mut page = AuditPage { entries: Vec::new(), next: before };
        for _ in 0..AUDIT_LOOKED_AT_MAX / READ_AT_ONCE {
            let (filter, before, limit) = (filter.clone(), page.next, limit - page.entries.len());
            let read = self.look(move |rows| some(rows, &filter, before, limit)).await?;
            page.entries.extend(read.entries);
            page.next = read.next;
            if page.entries.len() >= limit || page.next.is_none() {
                break;
            }
        }
        Ok(page)
    }
}

/// The selected ones of the next entries below a number.
fn some(
    rows: &impl Look,
    filter: &AuditFilter,
    before: Option<u64>,
    limit: usize,
) -> StorageResult<AuditPage> {
    let AuditSpan { first, last } = rows.audit_span()?;
    let from = before.map_or(last, |before| last.min(before.saturating_sub(1)));
    let mut page = AuditPage::default();
    for number in (first..=from).rev() {
        if page.entries.len() == limit || from - number == READ_AT_ONCE {
            page.next = Some(number + 1);
            break;
        }
        let entry: Option<AuditEntry> = rows.record(&keys::audit(number))?;
        page.entries.extend(entry.filter(|entry| filter.selects(entry)).map(|entry| (number, entry)));
    }
    Ok(page)
}

#[async_trait]
impl TokenStore for SledStorage {
    async fn put_token(&self, token: AccessToken) -> StorageResult<()> {
        self.committer.run_long(move |txn| handlers::put_token(txn, &token)).await
    }

    async fn remove_token(&self, id: TokenId) -> StorageResult<bool> {
        self.committer.run_long(move |txn| handlers::remove_token(txn, &id)).await
    }

    async fn tokens(&self) -> StorageResult<Vec<AccessToken>> {
        self.look(|rows| rows.access_tokens()).await
    }

    async fn note_token_uses(&self, uses: Vec<(TokenId, Timestamp)>) -> StorageResult<()> {
        self.committer.run_long(move |txn| handlers::note_token_uses(txn, &uses)).await
    }

    async fn token_revision(&self) -> StorageResult<u64> {
        self.look(|rows| rows.token_revision()).await
    }
}

#[async_trait]
impl SessionStore for SledStorage {
    async fn open_session(&self, session: Session, now: Timestamp) -> StorageResult<()> {
        self.committer.run_long(move |txn| handlers::open_session(txn, &session, now)).await
    }

    async fn session(&self, digest: Digest) -> StorageResult<Option<Session>> {
        self.look(move |rows| rows.record(&keys::session(&digest))).await
    }

    async fn note_session_use(&self, digest: Digest, at: Timestamp) -> StorageResult<()> {
        self.committer.run_long(move |txn| handlers::note_session_use(txn, &digest, at)).await
    }

    async fn close_session(&self, digest: Digest) -> StorageResult<()> {
        self.committer.run_long(move |txn| handlers::close_session(txn, &digest)).await
    }
}
