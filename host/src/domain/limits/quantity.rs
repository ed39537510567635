//! What limits count: bytes, time, and things.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::domain::{ByteSize, format_duration, parse_duration};

/// Reads limits from a request, by their names. A limit that is left out is `None`.
pub trait LimitReader {
    /// A size, such as `"64MiB"`.
    fn size(&mut self, name: &'static str) -> Option<ByteSize>;

    /// A duration, such as `"5m"`.
    fn duration(&mut self, name: &'static str) -> Option<Duration>;

    /// A whole number.
    fn count(&mut self, name: &'static str) -> Option<u32>;
}

/// A value of a limit, and its form in JSON.
pub(super) trait Quantity: Copy + PartialOrd {
    /// Its form in JSON.
    type Json: Serialize + for<'de> Deserialize<'de> + Into<serde_json::Value>;

    fn to_json(self) -> Self::Json;

    fn from_json(json: Self::Json) -> Result<Self, String>;

    fn read(reader: &mut impl LimitReader, name: &'static str) -> Option<Self>;
}

impl Quantity for ByteSize {
    type Json = String;

    fn to_json(self) -> String {
        self.to_string()
    }

    fn from_json(json: String) -> Result<Self, String> {
        json.parse()
    }

    fn read(reader: &mut impl LimitReader, name: &'static str) -> Option<Self> {
        reader.size(name)
    }
}

impl Quantity for Duration {
    type Json = String;

    fn to_json(self) -> String {
        format_duration(self)
    }

    fn from_json(json: String) -> Result<Self, String> {
        parse_duration(&json)
    }

    fn read(reader: &mut impl LimitReader, name: &'static str) -> Option<Self> {
        reader.duration(name)
    }
}

impl Quantity for u32 {
    type Json = u32;

    fn to_json(self) -> u32 {
        self
    }

    fn from_json(json: u32) -> Result<Self, String> {
        Ok(json)
    }

    fn read(reader: &mut impl LimitReader, name: &'static str) -> Option<Self> {
        reader.count(name)
    }
}

/// The range of a value that is outside it, in words.
pub(super) fn out_of_range<Q: Quantity>(value: Option<Q>, min: Q, max: Q) -> Option<String> {
    value.filter(|value| !(min..=max).contains(value))?;
    Some(format!("must be from {} to {}", text(min), text(max)))
}

/// A value as people read it.
pub(super) fn text(value: impl Quantity) -> String {
    match value.to_json().into() {
        serde_json::Value::String(text) => text,
        other => other.to_string(),
    }
}

pub(super) mod optional {
    //! The form in JSON of a value that may be missing, for serde.

    use super::*;

    pub(in super::super) fn serialize<Q: Quantity, S: Serializer>(
        value: &Option<Q>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        value.map(Q::to_json).serialize(serializer)
    }

    pub(in super::super) fn deserialize<'de, Q: Quantity, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Q>, D::Error> {
        let json = Option::<Q::Json>::deserialize(deserializer)?;
        json.map(|json| Q::from_json(json).map_err(serde::de::Error::custom)).transpose()
    }
}
