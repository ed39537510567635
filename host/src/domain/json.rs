//! JSON kept as text: it is checked once and then carried, never re-formatted.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// Valid JSON text (RFC 8259).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Json(Arc<str>);

/// A text that is not JSON, and where it stops being JSON.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not JSON: {0}")]
pub struct JsonError(String);

impl Json {
    /// Checks that the text is one JSON value.
    pub fn parse(text: impl Into<Arc<str>>) -> Result<Self, JsonError> {
        let text = text.into();
        serde_json::from_str::<serde::de::IgnoredAny>(&text).map_err(|error| JsonError(error.to_string()))?;
        Ok(Self(text))
    }

    /// The text `{}`.
    pub fn empty_object() -> Self {
        Self("{}".into())
    }

    /// Whether the value is an object.
    pub fn is_object(&self) -> bool {
        self.0.trim_start().starts_with('{')
    }

    /// The text of a value.
    pub fn from_value(value: &serde_json::Value) -> Self {
        Self(value.to_string().into())
    }

    /// The value that the text stands for.
    pub fn to_value(&self) -> serde_json::Value {
        serde_json::from_str(&self.0).unwrap_or_default()
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
mod tests {
    use super::*;

    #[test]
    fn text_is_kept_as_it_was_and_nonsense_is_refused_with_its_place() {
        assert_eq!(Json::parse("{ \"a\" : 1.0 }").unwrap().as_str(), "{ \"a\" : 1.0 }");
        assert!(Json::parse("{\"a\":").unwrap_err().to_string().contains("line 1"));
    }
}
