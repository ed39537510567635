//! The durable audit log.

use std::time::Duration;

use async_trait::async_trait;

use super::StorageResult;
use crate::domain::{AuditEntry, AuditFilter, Timestamp};

/// The most old entries that go when one is written: more than one, so that a shorter retention takes effect.
pub const AUDIT_PRUNED_MAX: u64 = 16;

/// The most entries that one call of [`AuditStore::audit`] looks at.
pub const AUDIT_LOOKED_AT_MAX: u64 = 8_192;

/// The retention of the audit log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct AuditRetention {
    /// Time for which entries are kept; `None` for ever.
    pub age: Option<Duration>,
    /// Most entries that are kept, the latest; at least 1.
    pub count: u64,
}

impl AuditRetention {
    /// Whether an entry of this number and time goes when the latest has the number `latest`.
    pub fn drops(&self, number: u64, at: Timestamp, latest: u64, now: Timestamp) -> bool {
        let is_one_too_many = latest - number >= self.count.max(1);
        is_one_too_many || self.age.is_some_and(|age| at.plus(age) <= now)
    }
}

/// Entries of the log, the latest first.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct AuditPage {
    /// Each with its number.
    pub entries: Vec<(u64, AuditEntry)>,
    /// Where to go on, as the `before` of the next call; `None` at the end of the log.
    pub next: Option<u64>,
}

/// The durable audit log.
#[async_trait]
pub trait AuditStore: Send + Sync {
    /// Appends an entry under the next number. The first is 1, and no number is left out or used again, so that a
    /// missing one shows. The oldest entries that the retention drops go, at most [`AUDIT_PRUNED_MAX`], and never the
    /// new one.
    async fn append_audit(
        &self,
        entry: AuditEntry,
        retention: AuditRetention,
        now: Timestamp,
    ) -> StorageResult<u64>;

    /// Entries below the number `before`, or all, that the filter selects, the latest first: at most `limit`, of at most
    /// [`AUDIT_LOOKED_AT_MAX`] that are looked at. A page may thus be short, or empty, and still have a next one.
    async fn audit(&self, filter: AuditFilter, before: Option<u64>, limit: usize)
    -> StorageResult<AuditPage>;
}
