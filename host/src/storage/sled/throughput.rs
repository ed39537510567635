//! The port's methods for throughput. The minutes of an hour are one row.

use async_trait::async_trait;

use super::codec::HourRecord;
use super::view::Look;
use super::{SledStorage, handlers, keys};
use crate::domain::{Ended, Minute};
use crate::ports::{StorageResult, ThroughputStore};

#[async_trait]
impl ThroughputStore for SledStorage {
    async fn count_ended(&self, minute: Minute, ended: Ended) -> StorageResult<()> {
        self.committer.run(move |txn| handlers::count_ended(txn, minute, ended)).await
    }

    async fn ended_since(&self, first: Minute) -> StorageResult<Vec<(Minute, Ended)>> {
        let read = move |rows: &super::snapshot::Snapshot<'_>| {
            let mut minutes = Vec::new();
            for key in rows.keys(&keys::hours())? {
                let hour = keys::hour_of(&key).filter(|hour| *hour >= first.in_hour().0);
                let record: Option<HourRecord> = hour.map_or(Ok(None), |_| rows.record(&key))?;
                let ended = record.into_iter().flat_map(|record| record.minutes);
                minutes.extend(hour.into_iter().flat_map(Minute::all_of).zip(ended));
            }
            minutes.retain(|(minute, ended)| *minute >= first && !ended.is_none());
            Ok(minutes)
        };
        self.look(read).await
    }
}
