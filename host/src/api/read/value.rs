//! One JSON value of a request and where it stood, read into what it should be.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use serde_json::value::RawValue;

use super::Fields;
use crate::api::problem::FieldError;
use crate::domain::{Json, parse_duration};

/// What was read, or everything that is wrong with it.
pub(in crate::api) type Read<T> = Result<T, Vec<FieldError>>;

/// A JSON value that is not looked at yet, and its JSON Pointer.
#[derive(Clone)]
pub(in crate::api) struct Value<'a> {
    raw: &'a RawValue,
    pointer: String,
}

impl<'a> Value<'a> {
    /// The value at this pointer.
    pub(super) fn new(raw: &'a RawValue, pointer: String) -> Self {
        Self { raw, pointer }
    }

    /// Whether it is `null`, which says the same as leaving a field out.
    pub(super) fn is_null(&self) -> bool {
        self.raw.get() == "null"
    }

    /// A text.
    pub(in crate::api) fn text(self) -> Read<String> {
        serde_json::from_str(self.raw.get()).map_err(|_| self.expected("a text"))
    }

    /// A text that is the name or number of something.
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

    /// Any JSON, kept as it was written.
    pub(in crate::api) fn any(self) -> Read<Json> {
        // What is stored must be readable later; serde_json reads 128 levels.
        serde_json::from_str::<serde_json::Value>(self.raw.get())
            .map_err(|_| self.wrong("is nested deeper than 127 levels, or has a number out of range"))?;
        Json::parse(self.raw.get()).map_err(|error| self.wrong(error.to_string()))
    }

    /// Any JSON object, kept as it was written.
    pub(in crate::api) fn any_object(self) -> Read<Json> {
        if self.raw.get().starts_with('{') { self.any() } else { Err(self.expected("an object")) }
    }

    /// A list, each of its values read the same way.
    pub(in crate::api) fn list<T>(self, each: impl Fn(Value<'a>) -> Read<T>) -> Read<Vec<T>> {
        let items: Vec<&RawValue> =
            serde_json::from_str(self.raw.get()).map_err(|_| self.expected("a list"))?;
        let at = |(index, raw)| each(Value::new(raw, format!("{}/{index}", self.pointer)));
        all(items.into_iter().enumerate().map(at))
    }

    /// An object whose names are the caller's own.
    pub(in crate::api) fn map<T>(self, each: impl Fn(Value<'a>) -> Read<T>) -> Read<BTreeMap<String, T>> {
        let members: BTreeMap<String, &RawValue> =
            serde_json::from_str(self.raw.get()).map_err(|_| self.expected("an object"))?;
        let at = |(name, raw): (String, _)| {
            let pointer = format!("{}/{}", self.pointer, escaped(&name));
            each(Value::new(raw, pointer)).map(|value| (name, value))
        };
        Ok(all(members.into_iter().map(at))?.into_iter().collect())
    }

    /// An object with known names.
    pub(in crate::api) fn object(self) -> Read<Fields<'a>> {
        let members = serde_json::from_str(self.raw.get()).map_err(|_| self.expected("an object"))?;
        Fields::new(members, self.pointer)
    }

    /// Refuses this value.
    pub(in crate::api) fn wrong(&self, detail: impl Into<String>) -> Vec<FieldError> {
        vec![FieldError::at(self.pointer.clone(), detail)]
    }

    fn expected(&self, what: &str) -> Vec<FieldError> {
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

/// A name as a part of a JSON Pointer.
pub(super) fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// All values, or all that is wrong with them.
fn all<T>(reads: impl Iterator<Item = Read<T>>) -> Read<Vec<T>> {
    let mut errors = Vec::new();
    let mut values = Vec::new();
    for read in reads {
        match read {
            Ok(value) => values.push(value),
            Err(wrong) => errors.extend(wrong),
        }
    }
    if errors.is_empty() { Ok(values) } else { Err(errors) }
}
