//! A secret outside. Its value is written, and never shown.

use std::ops::RangeInclusive;

use serde::Serialize;
use utoipa::ToSchema;

use crate::api::read::{Read, Value};
use crate::ports::{SecretInfo, SecretValue};

/// The length of a secret, in bytes. A shorter one would occur by chance in responses, where it is masked; a longer
/// one does not fit into a request header.
const SECRET_BYTES: RangeInclusive<usize> = 8..=8 * 1024;

/// The visible part of a secret.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Secret)]
pub(in crate::api) struct SecretBody {
    name: String,
    #[schema(format = DateTime)]
    created_at: String,
    #[schema(format = DateTime)]
    updated_at: String,
}

/// The value of a secret.
#[derive(ToSchema)]
#[schema(as = SecretValue)]
#[allow(dead_code, reason = "describes what `read_secret_value` reads")]
pub(in crate::api) struct SecretValueBody {
    /// 8 bytes to 8 KiB that a header can carry: visible ASCII characters, with spaces only between them.
    value: String,
}

/// Reads the value of a secret.
pub(in crate::api) fn read_secret_value(value: Value<'_>) -> Read<SecretValue> {
    let mut fields = value.object()?;
    let value = fields.required("value", secret_text);
    fields.finish(|| value.map(SecretValue::new))
}

/// Reads a value that a header can carry; any other would fail later, in every request of the plugin.
fn secret_text(value: Value<'_>) -> Read<String> {
    let text = value.clone().text()?;
    let fits_a_header = text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) && text.trim() == text;
    if !SECRET_BYTES.contains(&text.len()) || !fits_a_header {
        let detail = format!(
            "must have {} to {} visible ASCII characters, and no space or newline at its ends",
            SECRET_BYTES.start(),
            SECRET_BYTES.end()
        );
        return Err(value.wrong(detail));
    }
    Ok(text)
}

impl From<&SecretInfo> for SecretBody {
    fn from(info: &SecretInfo) -> Self {
        Self {
            name: info.name.to_string(),
            created_at: info.created_at.to_string(),
            updated_at: info.updated_at.to_string(),
        }
    }
}
