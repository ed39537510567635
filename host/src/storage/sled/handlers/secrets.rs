//! Writing and forgetting secrets.

use super::super::codec::SecretRecord;
use super::super::keys;
use super::super::txn::Txn;
use super::super::view::Look;
use super::plugins::raise_revision;
use crate::domain::{SecretName, Timestamp};
use crate::ports::{SecretInfo, SecretValue, StorageResult};

/// Writes a secret; the time of its first writing stays.
pub fn put_secret(
    txn: &mut Txn<'_>,
    name: SecretName,
    value: &SecretValue,
    now: Timestamp,
) -> StorageResult<SecretInfo> {
    let key = keys::secret(&name);
    let known: Option<SecretRecord> = txn.record(&key)?;
    let created_at = known.map_or(now, |known| known.created_at);
    txn.put(&key, &SecretRecord { created_at, updated_at: now, value: value.reveal().to_owned() })?;
    raise_revision(txn)?;
    Ok(SecretInfo { name, created_at, updated_at: now })
}

/// Removes a secret. Returns whether there was one.
pub fn remove_secret(txn: &mut Txn<'_>, name: &SecretName) -> StorageResult<bool> {
    let key = keys::secret(name);
    let known: Option<SecretRecord> = txn.record(&key)?;
    if known.is_none() {
        return Ok(false);
    }
    txn.remove(&key)?;
    raise_revision(txn)?;
    Ok(true)
}
