//! Records as bytes: one byte that names the format, then bincode.
//!
//! The layout of each value is written in [`layout`] and the modules beside it, and nowhere else. bincode is not
//! self-describing, so the format byte decides who decodes. From the first release on, a released format keeps
//! its decoder and its golden bytes for ever. Decoding never allocates beyond
//! [`RECORD_BYTES_MAX`], whatever a damaged length says. No other module names bincode.

mod access;
mod grant;
mod layout;
mod records;
mod schedule;
mod values;

#[cfg(test)]
mod tests;

use bincode::config::{Configuration, Limit, LittleEndian, Varint};

pub use access::AuditSpan;
pub use grant::GrantRecord;
pub use records::{
    AnsweredJob, AwaitedRecord, CheckpointRecord, ClaimRecord, ClaimedJob, EventRecord, EventUrlRecord,
    FlowKeys, Head, HeadRecord, HeldTask, HourRecord, INLINE_PAYLOAD_BYTES_MAX, INLINE_RESULT_BYTES_MAX,
    IdempotencyRecord, LogRecord, OrderMark, OutputRecord, PluginRecord, PropagationRecord, QueueRecord,
    RevisionRecord, SecretRecord, SetAsideRecord, ShownJob, StateRecord, TaskRecord,
};
pub use schedule::ScheduleRecord;

use layout::{Layout, Lent, Taken};

use crate::ports::{StorageError, StorageResult};

/// The largest record: the largest output (16 MiB) and log (4 MiB) fit well, a damaged length does not.
pub const RECORD_BYTES_MAX: usize = 64 << 20;

/// Bytes that most records fit into, so that they are written without growing.
const RECORD_BYTES_USUAL: usize = 512;

const CONFIG: Configuration<LittleEndian, Varint, Limit<RECORD_BYTES_MAX>> =
    bincode::config::standard().with_limit::<RECORD_BYTES_MAX>();

/// A value that is stored as a record.
pub trait Record: Layout {
    /// Its name in the text of an error.
    const WHAT: &'static str;

    /// The format that is written now. Formats count from 1: a value that begins with 0 is a chunked one.
    const FORMAT: u8 = 1;
}

/// The bytes of a record.
pub fn encode<R: Record>(record: &R) -> StorageResult<Vec<u8>> {
    let mut bytes = Vec::with_capacity(RECORD_BYTES_USUAL);
    bytes.push(R::FORMAT);
    let written = bincode::encode_into_std_write(Lent(record), &mut bytes, CONFIG);
    let reason = match written {
        Ok(_) if bytes.len() <= RECORD_BYTES_MAX => return Ok(bytes),
        Ok(_) => format!("it has {} bytes and may have {RECORD_BYTES_MAX}", bytes.len()),
        Err(error) => error.to_string(),
    };
    Err(StorageError::Unavailable(format!("a {} cannot be stored: {reason}", R::WHAT)))
}

/// The record of these bytes.
pub fn decode<R: Record>(bytes: &[u8]) -> StorageResult<R> {
    let (record, rest) = decode_first::<R, R>(bytes)?;
    match rest {
        0 => Ok(record),
        rest => Err(damaged::<R>(format!("has {rest} bytes too many"))),
    }
}

/// The head of a job, without its payload.
pub fn decode_head(bytes: &[u8]) -> StorageResult<Head> {
    decode_first::<HeadRecord, Head>(bytes).map(|(head, _)| head)
}

/// The first value of a record, and how many bytes follow it.
fn decode_first<R: Record, T: Layout>(bytes: &[u8]) -> StorageResult<(T, usize)> {
    let (format, fields) = bytes.split_first().ok_or_else(|| damaged::<R>("is empty".to_owned()))?;
    if *format != R::FORMAT {
        return Err(damaged::<R>(format!("has format {format}, which this version does not know")));
    }
    let (Taken(value), read) = bincode::decode_from_slice::<Taken<T>, _>(fields, CONFIG)
        .map_err(|error| damaged::<R>(format!("cannot be read: {error}")))?;
    Ok((value, fields.len() - read))
}

fn damaged<R: Record>(reason: String) -> StorageError {
    StorageError::Corrupt(format!("a {} {reason}", R::WHAT))
}
