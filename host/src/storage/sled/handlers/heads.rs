//! Rows of the head and the payload of a job.

use super::super::codec::{self, Head, HeadRecord, INLINE_PAYLOAD_BYTES_MAX};
use super::super::keys;
use super::super::txn::Txn;
use crate::domain::{JobId, Payload};
use crate::ports::StorageResult;

/// The rows of what was submitted of a job.
pub struct Rows {
    /// Its head.
    pub head: Vec<u8>,
    /// Its payload, if that is too large for the head.
    pub payload: Option<Vec<u8>>,
}

impl Rows {
    /// The rows of a head and this payload.
    pub fn of(head: Head, payload: &Payload) -> StorageResult<Self> {
        let fits = payload.bytes() <= INLINE_PAYLOAD_BYTES_MAX;
        let apart = if fits { None } else { Some(codec::encode(payload)?) };
        let head = codec::encode(&HeadRecord { head, payload: fits.then(|| payload.clone()) })?;
        Ok(Self { head, payload: apart })
    }
}

/// Writes the head of a job in place of the one that is there, and its payload.
pub fn put_head(txn: &mut Txn<'_>, head: Head, payload: &Payload) -> StorageResult<()> {
    let id = head.spec.id;
    txn.remove(&keys::head(id))?;
    txn.remove(&keys::payload(id))?;
    put_rows(txn, id, Rows::of(head, payload)?);
    Ok(())
}

/// Writes the rows of a job that has none.
pub fn put_rows(txn: &mut Txn<'_>, id: JobId, rows: Rows) {
    txn.forget_payload(id);
    txn.insert_bytes(&keys::head(id), rows.head);
    if let Some(payload) = rows.payload {
        txn.insert_bytes(&keys::payload(id), payload);
    }
}
