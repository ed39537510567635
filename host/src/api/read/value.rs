//! A JSON value of a request with its place, and the ways to read it.

use std::collections::BTreeMap;
use std::fmt::{self, Display};
use std::str::FromStr;
use std::time::Duration;

use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::api::problem::{ERRORS_MAX, FieldError};
use crate::domain::{Json, parse_duration, pointer_part};

/// The most values of one list. A body has room for millions, each of which would take ten times its bytes before they
/// are counted.
const LIST_MAX: usize = 10_000;

/// The largest value that is any JSON, in bytes: an input.
const ANY_BYTES_MAX: usize = 1 << 20;

/// The value, or all its errors.
pub(in crate::api) type Read<T> = Result<T, Vec<FieldError>>;

/// A JSON value that is not parsed yet, and its JSON Pointer.
#[derive(Clone)]
pub(in crate::api) struct Value<'a> {
    pub(super) raw: &'a RawValue,
    pub(super) pointer: String,
}

impl<'a> Value<'a> {
    /// The value at this pointer.
    pub(super) fn new(raw: &'a RawValue, pointer: String) -> Self {
        Self { raw, pointer }
    }

    /// Whether it is `null`, which means the same as a missing field.
    pub(super) fn is_null(&self) -> bool {
        self.raw.get() == "null"
    }

    /// A text.
    pub(in crate::api) fn text(self) -> Read<String> {
        serde_json::from_str(self.raw.get()).map_err(|_| self.expected("a text"))
    }

    /// A text that is read by its `FromStr`.
    pub(in crate::api) fn parsed<T: FromStr<Err: Display>>(self) -> Read<T> {
        self.clone().text()?.parse().map_err(|error: T::Err| self.wrong(error.to_string()))
    }

    /// A duration such as `"90s"`.
    pub(in crate::api) fn duration(self) -> Read<Duration> {
        let text = self.clone().text().map_err(|_| self.expected("a duration such as \"90s\""))?;
        parse_duration(&text).map_err(|error| self.wrong(error))
    }

    /// A whole number in the range of `T`.
    pub(in crate::api) fn integer<T: TryFrom<i64>>(self) -> Read<T> {
        let number: i64 =
            serde_json::from_str(self.raw.get()).map_err(|_| self.expected("a whole number"))?;
        T::try_from(number).map_err(|_| self.wrong(format!("{number} is out of range")))
    }

    /// True or false.
    pub(in crate::api) fn flag(self) -> Read<bool> {
        serde_json::from_str(self.raw.get()).map_err(|_| self.expected("true or false"))
    }

    /// Any JSON, unchanged.
    pub(in crate::api) fn any(self) -> Read<Json> {
        if self.raw.get().len() > ANY_BYTES_MAX {
            return Err(self.wrong("must have at most 1 MiB"));
        }
        Json::from_raw(self.raw).map_err(|error| self.wrong(format!("is {error}")))
    }

    /// Any JSON object, unchanged.
    pub(in crate::api) fn any_object(self) -> Read<Json> {
        if self.raw.get().starts_with('{') { self.any() } else { Err(self.expected("an object")) }
    }

    /// A list, each of its values read the same way.
    pub(in crate::api) fn list<T>(self, each: impl Fn(Value<'a>) -> Read<T>) -> Read<Vec<T>> {
        self.list_up_to(LIST_MAX, each)
    }

    /// A list of at most `max` values, each read the same way. A longer one is refused before its values are read.
    pub(in crate::api) fn list_up_to<T>(
        self,
        max: usize,
        each: impl Fn(Value<'a>) -> Read<T>,
    ) -> Read<Vec<T>> {
        let Items(items) = serde_json::from_str(self.raw.get()).map_err(|_| match self.raw.get() {
            text if text.starts_with('[') => self.wrong(format!("must have at most {LIST_MAX} entries")),
            _ => self.expected("a list"),
        })?;
        if items.len() > max {
            return Err(self.wrong(format!("must have at most {max} entries")));
        }
        let at = |(index, raw)| each(Value::new(raw, format!("{}/{index}", self.pointer)));
        all(items.into_iter().enumerate().map(at))
    }

    /// An object whose names are the caller's own.
    pub(in crate::api) fn map<T>(self, each: impl Fn(Value<'a>) -> Read<T>) -> Read<BTreeMap<String, T>> {
        let members: BTreeMap<String, &RawValue> =
            serde_json::from_str(self.raw.get()).map_err(|_| self.expected("an object"))?;
        let at = |(name, raw): (String, _)| {
            let pointer = format!("{}/{}", self.pointer, pointer_part(&name));
            each(Value::new(raw, pointer)).map(|value| (name, value))
        };
        Ok(all(members.into_iter().map(at))?.into_iter().collect())
    }

    /// Refuses this value.
    pub(in crate::api) fn wrong(&self, detail: impl Into<String>) -> Vec<FieldError> {
        vec![FieldError::at(self.pointer.clone(), detail)]
    }

    pub(super) fn expected(&self, what: &str) -> Vec<FieldError> {
        let found = match self.raw.get().as_bytes().first() {
            Some(b'"') => "a text",
            Some(b'{') => "an object",
            Some(b'[') => "a list",
            Some(b't' | b'f') => "true or false",
            Some(b'n') => "null",
            _ => "a number",
        };
        let found = if found == what { "one that does not fit" } else { found };
        self.wrong(format!("must be {what}, and is {found}"))
    }
}

/// The values of a list; reading stops at the first beyond the limit.
struct Items<'a>(Vec<&'a RawValue>);

impl<'de> Deserialize<'de> for Items<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Counted;
        impl<'de> Visitor<'de> for Counted {
            type Value = Items<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = list.next_element()? {
                    if items.len() == LIST_MAX {
                        return Err(A::Error::custom("too many"));
                    }
                    items.push(item);
                }
                Ok(Items(items))
            }
        }
        deserializer.deserialize_seq(Counted)
    }
}

/// All values, or their errors, up to the number that a response lists.
fn all<T>(reads: impl Iterator<Item = Read<T>>) -> Read<Vec<T>> {
    let mut errors = Vec::new();
    let mut values = Vec::new();
    for read in reads {
        match read {
            Ok(value) => values.push(value),
            Err(wrong) => errors.extend(wrong),
        }
        if errors.len() > ERRORS_MAX {
            break;
        }
    }
    if errors.is_empty() { Ok(values) } else { Err(errors) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(raw: &RawValue) -> Value<'_> {
        Value::new(raw, "/jobs".to_owned())
    }

    fn raw(text: String) -> Box<RawValue> {
        RawValue::from_string(text).unwrap()
    }

    #[test]
    fn a_list_is_counted_before_its_values_are_read() {
        let many = raw(format!("[{}0]", "0,".repeat(LIST_MAX)));
        let read = value(&many).list(|_| -> Read<()> { panic!("nothing of it is read") });
        assert_eq!(read.unwrap_err(), [FieldError::at("/jobs", "must have at most 10000 entries")]);
        let most = raw(format!("[{}0]", "0,".repeat(LIST_MAX - 1)));
        assert_eq!(value(&most).list(Value::integer::<i64>).unwrap().len(), LIST_MAX);
        assert!(value(&raw("1".to_owned())).list(Value::text).unwrap_err()[0].detail.contains("a list"));
    }

    #[test]
    fn no_more_is_looked_for_than_an_answer_lists() {
        let wrong = raw(format!("[{}0]", "0,".repeat(LIST_MAX - 1)));
        assert_eq!(value(&wrong).list(Value::text).unwrap_err().len(), ERRORS_MAX + 1);
    }

    #[test]
    fn any_json_is_small_and_an_object_has_few_fields() {
        let large = raw(format!("[{}0]", "0,".repeat(ANY_BYTES_MAX / 2)));
        assert!(value(&large).any().unwrap_err()[0].detail.contains("1 MiB"));
        let fields: Vec<_> = (0..101).map(|number| format!("\"{number}\":0")).collect();
        let wide = raw(format!("{{{}}}", fields.join(",")));
        assert!(value(&wide).object().err().unwrap()[0].detail.contains("more fields"));
    }
}
