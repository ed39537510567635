//! JSON of callers and guests within a response.

use serde::ser::{Error, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::domain::Json;

/// JSON that is sent unchanged. A response with damaged JSON fails: it must not show `null`.
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
