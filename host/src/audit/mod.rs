//! The audit log: who changed what. Operators read it; nothing in the host depends on it.
//!
//! An entry is written right after its change and before the response, not in the transaction of the change: that would
//! put it into every method of storage that changes something. A caller who got a response can thus rely on the entry;
//! when the host is killed between the two syncs, the change is there without it.

use std::sync::Arc;

use tracing::{error, info};

use crate::domain::{AuditEntry, AuditFilter, Timestamp};
use crate::finishing::{in_background, to_its_end};
use crate::ports::{AuditPage, AuditRetention, Clock, Storage, StorageResult};

/// The audit log.
pub struct AuditLog {
    storage: Arc<dyn Storage>,
    clock: Arc<dyn Clock>,
    retention: AuditRetention,
}

impl AuditLog {
    /// The log of this storage, of which so much is kept.
    pub fn new(storage: Arc<dyn Storage>, clock: Arc<dyn Clock>, retention: AuditRetention) -> Arc<Self> {
        Arc::new(Self { storage, clock, retention })
    }

    /// The time for a new entry.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Records a change that was made. It finishes even if the caller disconnects. An entry that cannot be stored goes to
    /// the log of the host: the change can no longer be refused.
    pub async fn record(self: &Arc<Self>, entry: AuditEntry) {
        let log = Arc::clone(self);
        to_its_end(async move { log.append(entry.bounded()).await }).await;
    }

    /// Records a change whose client is gone.
    pub fn record_in_background(self: &Arc<Self>, entry: AuditEntry) {
        let log = Arc::clone(self);
        in_background(async move { log.append(entry.bounded()).await });
    }

    async fn append(&self, entry: AuditEntry) {
        let AuditEntry { actor, action, resource, request_id, .. } = entry.clone();
        let actor = actor.name().unwrap_or_default().to_owned();
        let appended = self.storage.append_audit(entry, self.retention, self.clock.now()).await;
        match appended {
            Ok(number) => info!(number, actor, %action, resource, request_id, "audited"),
            Err(error) => error!(%error, actor, %action, resource, request_id, "not in the audit log"),
        }
    }

    /// Entries below a number, or all, that the filter selects, the latest first.
    pub async fn list(
        &self,
        filter: AuditFilter,
        before: Option<u64>,
        limit: usize,
    ) -> StorageResult<AuditPage> {
        self.storage.audit(filter, before, limit).await
    }
}
