//! A JSON object taken apart, its values left as they were written.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde::ser::{Serialize, Serializer};
use serde_json::value::RawValue;

/// The members of a JSON object in the order in which they were written, repeated ones included. One with
/// more than `MAX` is refused as soon as that is seen.
#[derive(Debug, Clone)]
pub struct Members<'a, const MAX: usize = { usize::MAX }>(pub Vec<(String, &'a RawValue)>);

impl<'a, const MAX: usize> Members<'a, MAX> {
    /// The value of a name; the first, if it stands there twice.
    pub fn get(&self, name: &str) -> Option<&'a RawValue> {
        self.0.iter().find(|(member, _)| member == name).map(|(_, value)| *value)
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Members<'de, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder<const MAX: usize>;
        impl<'de, const MAX: usize> Visitor<'de> for InOrder<MAX> {
            type Value = Members<'de, MAX>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    if members.len() == MAX {
                        return Err(A::Error::custom("too many"));
                    }
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

impl<const MAX: usize> Serialize for Members<'_, MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}
