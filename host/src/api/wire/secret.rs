//! A secret outside: its value goes in and never comes out.

use serde::Serialize;
use utoipa::ToSchema;

use crate::api::read::{Read, Value};
use crate::ports::{SecretInfo, SecretValue};

/// The largest secret, in bytes: it has to fit into a header of a request.
const SECRET_BYTES_MAX: usize = 8 * 1024;

/// What may be seen of a secret.
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
    /// 1 byte to 8 KiB, fit for a header: visible characters and spaces between them.
    value: String,
}

/// Reads the value of a secret.
pub(in crate::api) fn read_secret_value(value: Value<'_>) -> Read<SecretValue> {
    let mut fields = value.object()?;
    let value = fields.required("value", secret_text);
    fields.finish(|| value.map(SecretValue::new))
}

/// A value that no header can carry would only fail later, in every request of the plugin.
fn secret_text(value: Value<'_>) -> Read<String> {
    let text = value.clone().text()?;
    let fits_a_header = text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) && text.trim() == text;
    if text.is_empty() || text.len() > SECRET_BYTES_MAX || !fits_a_header {
        let detail = format!(
            "must have 1 to {SECRET_BYTES_MAX} visible ASCII characters, and no space or newline at its ends"
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
