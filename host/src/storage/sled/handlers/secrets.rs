//! Writing and forgetting secrets.

use super::super::codec::SecretRecord;
use super::super::keys;
use super::super::txn::Txn;
use super::super::view::Look;
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
    Ok(SecretInfo { name, created_at, updated_at: now })
}

/// Forgets a secret; says whether there was one.
pub fn remove_secret(txn: &mut Txn<'_>, name: &SecretName) -> StorageResult<bool> {
    let key = keys::secret(name);
    let known: Option<SecretRecord> = txn.record(&key)?;
    txn.remove(&key)?;
    Ok(known.is_some())
}
