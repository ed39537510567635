//! JSON of callers and guests within an answer.

use serde::ser::{Error, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::domain::Json;

/// JSON that is sent as it was written. An answer with one that is damaged fails: it must not say `null`.
#[derive(Debug)]
pub(in crate::api) struct RawJson(Json);

impl From<&Json> for RawJson {
    fn from(json: &Json) -> Self {
        Self(json.clone())
    }
}

impl Serialize for RawJson {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let raw: &RawValue = serde_json::from_str(self.0.as_str()).map_err(S::Error::custom)?;
        raw.serialize(serializer)
    }
}
