//! The audit log, tokens and sessions in the model.

use async_trait::async_trait;
use taskbox::domain::{
    AccessToken, AuditEntry, AuditFilter, Digest, Session, Timestamp, TokenId, sessions_to_end,
};
use taskbox::ports::{
    AUDIT_LOOKED_AT_MAX, AUDIT_PRUNED_MAX, AuditPage, AuditRetention, AuditStore, SessionStore,
    StorageResult, TokenStore,
};

use super::ModelStorage;

#[async_trait]
impl AuditStore for ModelStorage {
    async fn append_audit(
        &self,
        entry: AuditEntry,
        retention: AuditRetention,
        now: Timestamp,
    ) -> StorageResult<u64> {
        self.write(|all| {
            all.audited += 1;
            let number = all.audited;
            all.audit.insert(number, entry);
            for _ in 0..AUDIT_PRUNED_MAX {
                let Some(oldest) = all.audit.first_entry() else { break };
                if *oldest.key() == number || !retention.drops(*oldest.key(), oldest.get().at, number, now) {
                    break;
                }
                oldest.remove();
            }
            Ok(number)
        })
    }

    async fn audit(
        &self,
        filter: AuditFilter,
        before: Option<u64>,
        limit: usize,
    ) -> StorageResult<AuditPage> {
        Ok(self.read(|all| {
            let mut page = AuditPage::default();
            let below = all.audit.range(..before.unwrap_or(u64::MAX)).rev();
            for (looked_at, (number, entry)) in below.enumerate() {
                if page.entries.len() == limit || looked_at as u64 == AUDIT_LOOKED_AT_MAX {
                    page.next = Some(number + 1);
                    break;
                }
                if filter.selects(entry) {
                    page.entries.push((*number, entry.clone()));
                }
            }
            page
        }))
    }
}

#[async_trait]
impl TokenStore for ModelStorage {
    async fn put_token(&self, token: AccessToken) -> StorageResult<()> {
        self.write(|all| {
            all.tokens.insert(token.id(), token);
            all.token_revision += 1;
            Ok(())
        })
    }

    async fn remove_token(&self, id: TokenId) -> StorageResult<bool> {
        self.write(|all| {
            let known = all.tokens.remove(&id).is_some();
            all.token_revision += u64::from(known);
            if known {
                all.sessions.retain(|session| session.token != id);
            }
            Ok(known)
        })
    }

    async fn tokens(&self) -> StorageResult<Vec<AccessToken>> {
        Ok(self.read(|all| all.tokens.values().cloned().collect()))
    }

    async fn note_token_uses(&self, uses: Vec<(TokenId, Timestamp)>) -> StorageResult<()> {
        self.write(|all| {
            for (id, at) in uses {
                if let Some(token) = all.tokens.get_mut(&id) {
                    *token = token.clone().used(at);
                }
            }
            Ok(())
        })
    }

    async fn token_revision(&self) -> StorageResult<u64> {
        Ok(self.read(|all| all.token_revision))
    }
}

#[async_trait]
impl SessionStore for ModelStorage {
    async fn open_session(&self, session: Session, now: Timestamp) -> StorageResult<()> {
        self.write(|all| {
            let ended = sessions_to_end(&all.sessions, now);
            all.sessions.retain(|known| !ended.contains(&known.digest) && known.digest != session.digest);
            all.sessions.push(session);
            Ok(())
        })
    }

    async fn session(&self, digest: Digest) -> StorageResult<Option<Session>> {
        Ok(self.read(|all| all.sessions.iter().find(|session| session.digest == digest).cloned()))
    }

    async fn note_session_use(&self, digest: Digest, at: Timestamp) -> StorageResult<()> {
        self.write(|all| {
            for session in all.sessions.iter_mut().filter(|session| session.digest == digest) {
                session.seen_at = session.seen_at.max(at);
            }
            Ok(())
        })
    }

    async fn close_session(&self, digest: Digest) -> StorageResult<()> {
        self.write(|all| {
            all.sessions.retain(|session| session.digest != digest);
            Ok(())
        })
    }
}
