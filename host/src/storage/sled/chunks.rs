//! Values above 4 KiB, cut into rows of at most 4 KiB.
//!
//! sled writes a page of its tree that outgrows a quarter of a segment as a file of its own and never
//! syncs that file. A leaf holds up to 17 rows, so rows of 4 KiB keep every page far below that
//! size: no value may reach the tree by another way than this module.

use sled::IVec;

use super::keys;
use crate::ports::{StorageError, StorageResult};

/// The largest row.
pub const CHUNK_BYTES_MAX: usize = 4 * 1024;

/// The first byte of a head: the row that stands for a chunked value. Formats of records begin at 1.
pub const HEAD: u8 = 0;

/// Reads rows.
pub trait Rows {
    /// The row of a key.
    fn row(&self, key: &[u8]) -> StorageResult<Option<IVec>>;
}

/// The value of a key, put together again.
pub fn read(rows: &impl Rows, key: &[u8]) -> StorageResult<Option<IVec>> {
    let Some(row) = rows.row(key)? else { return Ok(None) };
    if row.first() != Some(&HEAD) {
        return Ok(Some(row));
    }
    let mut value = Vec::new();
    for ordinal in 0..count(&row)? {
        let chunk = rows.row(&keys::chunk(key, ordinal))?;
        value.extend_from_slice(&chunk.ok_or_else(|| damaged("a part of a large value is missing"))?);
    }
    Ok(Some(value.into()))
}

/// The rows that hold a value: under the key itself, and under those of its chunks.
pub fn cut(key: &[u8], value: Vec<u8>) -> Vec<(keys::Key, IVec)> {
    if value.len() <= CHUNK_BYTES_MAX {
        return vec![(key.into(), value.into())];
    }
    let mut rows = vec![(key.into(), IVec::default())];
    for (ordinal, chunk) in (0u32..).zip(value.chunks(CHUNK_BYTES_MAX)) {
        rows.push((keys::chunk(key, ordinal), chunk.into()));
    }
    let count = u32::try_from(rows.len() - 1).expect("a record has at most 64 MiB, so 16384 chunks");
    let mut head = vec![HEAD];
    head.extend_from_slice(&count.to_be_bytes());
    rows[0].1 = head.into();
    rows
}

/// Whether the chunk of this ordinal is a part of the value that begins with this row.
pub fn has_part(row: &[u8], ordinal: u32) -> bool {
    row.first() == Some(&HEAD) && count(row).is_ok_and(|count| ordinal < count)
}

/// The keys under which [`cut`] put a value of which this is the first row.
pub fn keys_of(key: &[u8], row: &[u8]) -> StorageResult<Vec<keys::Key>> {
    let chunks = if row.first() == Some(&HEAD) { count(row)? } else { 0 };
    let chunk_keys = (0..chunks).map(|ordinal| keys::chunk(key, ordinal));
    Ok(std::iter::once(key.into()).chain(chunk_keys).collect())
}

fn count(head: &[u8]) -> StorageResult<u32> {
    let count = head.get(1..).and_then(|bytes| bytes.try_into().ok());
    count.map(u32::from_be_bytes).ok_or_else(|| damaged("the head of a large value has a wrong length"))
}

fn damaged(reason: &str) -> StorageError {
    StorageError::Corrupt(reason.to_owned())
}
