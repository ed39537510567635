//! The request for a backup.

use utoipa::ToSchema;

use crate::api::read::{Read, Value};
use crate::ports::BackupKey;

/// What goes into a backup.
#[derive(ToSchema)]
#[schema(as = BackupRequest)]
#[allow(dead_code, reason = "describes what `read_backup_request` reads")]
pub(in crate::api) struct BackupRequestBody {
    /// A key of 256 bits as 64 hexadecimal digits, under which secrets are encrypted. Without it they are left out.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    key: Option<String>,
}

/// Reads the request for a backup.
pub(in crate::api) fn read_backup_request(value: Value<'_>) -> Read<Option<BackupKey>> {
    let mut fields = value.object()?;
    let key = fields.optional("key", Value::parsed::<BackupKey>);
    fields.finish(|| Some(key))
}
