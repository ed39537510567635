//! Counting the attempts that ended.

use super::super::codec::HourRecord;
use super::super::keys;
use super::super::txn::Txn;
use super::super::view::Look;
use crate::domain::{Ended, Minute};
use crate::ports::StorageResult;

/// Adds to a minute. The hours that are kept no longer go with the first minute of another hour.
pub fn count_ended(txn: &mut Txn<'_>, minute: Minute, ended: Ended) -> StorageResult<()> {
    let (hour, place) = minute.in_hour();
    let key = keys::hour(hour);
    let known: Option<HourRecord> = txn.record(&key)?;
    if known.is_none() {
        forget(txn, minute.first_kept().in_hour().0)?;
    }
    let mut record = known.unwrap_or_default();
    record.minutes.resize(Minute::all_of(hour).count(), Ended::default());
    record.minutes[place] += ended;
    txn.put(&key, &record)
}

fn forget(txn: &mut Txn<'_>, first_kept: u64) -> StorageResult<()> {
    for key in txn.keys(&keys::hours())? {
        if keys::hour_of(&key).is_some_and(|hour| hour < first_kept) {
            txn.remove(&key)?;
        }
    }
    Ok(())
}
