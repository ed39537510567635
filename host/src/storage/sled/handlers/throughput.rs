//! Counting the attempts that ended.

use super::super::codec::HourRecord;
use super::super::keys;
use super::super::throughput::MINUTES;
use super::super::txn::Txn;
use super::super::view::Look;
use crate::domain::{Ended, Minute};
use crate::ports::StorageResult;

/// Adds to a minute. The hours that are kept no longer go with the first minute of another hour.
pub fn count_ended(txn: &mut Txn<'_>, minute: Minute, ended: Ended) -> StorageResult<()> {
    let hour = minute.0 / MINUTES;
    let key = keys::hour(hour);
    let known: Option<HourRecord> = txn.record(&key)?;
    if known.is_none() {
        forget(txn, minute.first_kept().0 / MINUTES)?;
    }
    let mut record = known.unwrap_or_default();
    record.minutes.resize(MINUTES as usize, Ended::default());
    record.minutes[(minute.0 % MINUTES) as usize] += ended;
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
