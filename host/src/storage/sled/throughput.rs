//! The port's methods for throughput. The minutes of an hour are one row.

use async_trait::async_trait;

use super::codec::HourRecord;
use super::view::Look;
use super::{SledStorage, handlers, keys};
use crate::domain::{Ended, Minute};
use crate::ports::{StorageResult, ThroughputStore};

/// Minutes of an hour.
pub const MINUTES: u64 = 60;

#[async_trait]
impl ThroughputStore for SledStorage {
    async fn count_ended(&self, minute: Minute, ended: Ended) -> StorageResult<()> {
        self.committer.run(move |txn| handlers::count_ended(txn, minute, ended)).await
    }

    async fn ended_since(&self, first: Minute) -> StorageResult<Vec<(Minute, Ended)>> {
        let read = move |rows: &super::snapshot::Snapshot<'_>| {
            let mut minutes = Vec::new();
            for key in rows.keys(&keys::hours())? {
                let Some(hour) = keys::hour_of(&key).filter(|hour| *hour >= first.0 / MINUTES) else {
                    continue;
                };
                let record: Option<HourRecord> = rows.record(&key)?;
                let ended = record.into_iter().flat_map(|record| record.minutes);
                minutes.extend((hour * MINUTES..).map(Minute).zip(ended));
            }
            minutes.retain(|(minute, ended)| *minute >= first && !ended.is_none());
            Ok(minutes)
        };
        self.look(read).await
    }
}
