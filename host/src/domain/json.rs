//! JSON kept as text: it is checked once, where it enters, and then carried, never re-formatted.

mod bounds;
mod canonical;
mod members;

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

pub use bounds::JsonError;
pub use canonical::json_fingerprint;
pub use members::Members;

/// A JSON text (RFC 8259) that every usual parser reads: nested at most 100 deep, without halves of
/// surrogate pairs, its numbers at most 1,000 characters long and within the range of a double.
///
/// Keys keep their order, and numbers their digits.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Json(Arc<str>);

/// The name of a member as a part of a JSON Pointer (RFC 6901).
pub fn pointer_part(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

impl Json {
    /// Whether another text has the same meaning: white space and the order of members aside.
    pub fn means_the_same(&self, other: &Json) -> bool {
        self == other || json_fingerprint(&self.0) == json_fingerprint(&other.0)
    }

    /// Checks that the text is one JSON value within the bounds.
    pub fn parse(text: impl Into<Arc<str>>) -> Result<Self, JsonError> {
        let text = text.into();
        // It neither recurses nor builds anything, however deep the text is.
        serde_json::from_str::<serde::de::IgnoredAny>(&text)
            .map_err(|error| JsonError::Syntax(error.to_string()))?;
        bounds::check(&text)?;
        Ok(Self(text))
    }

    /// Takes over a value whose syntax was checked before, if it is within the bounds.
    pub fn from_raw(raw: &RawValue) -> Result<Self, JsonError> {
        bounds::check(raw.get())?;
        Ok(Self(raw.get().into()))
    }

    /// Text that was checked before, such as one that was stored.
    pub fn checked_before(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The text `{}`.
    pub fn empty_object() -> Self {
        Self("{}".into())
    }

    /// The text `null`.
    pub fn null() -> Self {
        Self("null".into())
    }

    /// Whether the value is an object.
    pub fn is_object(&self) -> bool {
        self.0.trim_start().starts_with('{')
    }

    /// The text of a value.
    pub fn from_value(value: &serde_json::Value) -> Self {
        Self(value.to_string().into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests;
