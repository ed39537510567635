//! The fields of one JSON object. Reading a field makes it known; unknown fields are refused.

use serde_json::value::RawValue;

use super::nearest::unknown;
use super::value::{Read, Value};
use crate::api::problem::FieldError;
use crate::domain::{Members, pointer_part};

/// The most fields of one object. None has half as many; a body has room for millions.
const FIELDS_MAX: usize = 100;

impl<'a> Value<'a> {
    /// An object with known names.
    pub(in crate::api) fn object(self) -> Read<Fields<'a>> {
        let members = serde_json::from_str(self.raw.get()).map_err(|_| match self.raw.get() {
            text if text.starts_with('{') => self.wrong("has more fields than any object of this API"),
            _ => self.expected("an object"),
        })?;
        Fields::new(members, self.pointer)
    }
}

/// Reads an object field by field and collects its errors.
pub(in crate::api) struct Fields<'a> {
    members: Vec<(String, &'a RawValue)>,
    pointer: String,
    known: Vec<&'static str>,
    errors: Vec<FieldError>,
}

impl<'a> Fields<'a> {
    /// The fields of the object at this pointer. A repeated field is refused, because readers of the same text differ in
    /// which value they use.
    pub(super) fn new(members: Members<'a, FIELDS_MAX>, pointer: String) -> Read<Self> {
        let mut names: Vec<&str> = members.0.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        let twice = names.windows(2).find(|pair| pair[0] == pair[1]).map(|pair| pair[0]);
        if let Some(name) = twice {
            let at = format!("{pointer}/{}", pointer_part(name));
            return Err(vec![FieldError::at(at, format!("{name:?} is given twice"))]);
        }
        Ok(Self { members: members.0, pointer, known: Vec::new(), errors: Vec::new() })
    }

    /// A field that may be left out.
    pub(in crate::api) fn optional<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(Value<'a>) -> Read<T>,
    ) -> Option<T> {
        let value = self.take(name)?;
        if value.is_null() {
            return None;
        }
        self.note(read(value))
    }

    /// A field of a change: `None` when it is left out, `Some(None)` when it is null.
    pub(in crate::api) fn nullable<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(Value<'a>) -> Read<T>,
    ) -> Option<Option<T>> {
        let value = self.take(name)?;
        Some(if value.is_null() { None } else { self.note(read(value)) })
    }

    /// A required field. It is `None` only if [`Fields::finish`] will refuse the object.
    pub(in crate::api) fn required<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(Value<'a>) -> Read<T>,
    ) -> Option<T> {
        match self.take(name) {
            Some(value) => self.note(read(value)),
            None => {
                self.errors.push(FieldError::at(self.at(name), format!("{name:?} is required")));
                None
            }
        }
    }

    /// Whether a field is present and not null. This does not make it known.
    pub(in crate::api) fn has(&self, name: &str) -> bool {
        self.members.iter().any(|(member, raw)| member == name && raw.get() != "null")
    }

    /// Refuses a field that conflicts with the others.
    pub(in crate::api) fn refuse(&mut self, name: &str, detail: &str) {
        self.errors.push(FieldError::at(self.at(name), detail));
    }

    /// The result of `make`, unless there are errors.
    pub(in crate::api) fn finish<T>(mut self, make: impl FnOnce() -> Option<T>) -> Read<T> {
        for (name, _) in std::mem::take(&mut self.members) {
            let detail = unknown("field", &name, &self.known);
            self.errors.push(FieldError::at(self.at(&name), detail));
        }
        if self.errors.is_empty() { make().ok_or(self.errors) } else { Err(self.errors) }
    }

    fn take(&mut self, name: &'static str) -> Option<Value<'a>> {
        self.known.push(name);
        let index = self.members.iter().position(|(member, _)| member == name)?;
        let (_, raw) = self.members.swap_remove(index);
        Some(Value::new(raw, self.at(name)))
    }

    fn note<T>(&mut self, read: Read<T>) -> Option<T> {
        read.map_err(|errors| self.errors.extend(errors)).ok()
    }

    fn at(&self, name: &str) -> String {
        format!("{}/{}", self.pointer, pointer_part(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Read<(String, Option<i8>)> {
        let raw: &RawValue = serde_json::from_str(text).unwrap();
        let mut fields = Value::new(raw, "/job".to_owned()).object()?;
        let task = fields.required("task", Value::text);
        let priority = fields.optional("priority", Value::integer);
        fields.finish(|| Some((task?, priority)))
    }

    fn errors(text: &str) -> Vec<(String, String)> {
        let errors = read(text).unwrap_err();
        errors.into_iter().map(|error| (error.pointer.unwrap(), error.detail)).collect()
    }

    #[test]
    fn a_field_left_out_and_null_are_the_same() {
        assert_eq!(read(r#"{"task":"a"}"#).unwrap(), ("a".to_owned(), None));
        assert_eq!(read(r#"{"task":"a","priority":null}"#).unwrap(), ("a".to_owned(), None));
    }

    #[test]
    fn everything_that_is_wrong_is_told_at_once_with_its_place() {
        let errors = errors(r#"{"priority":300,"taks":"x"}"#);
        let pointers: Vec<_> = errors.iter().map(|(pointer, _)| pointer.as_str()).collect();
        assert_eq!(pointers, ["/job/task", "/job/priority", "/job/taks"]);
        assert!(errors[2].1.contains("did you mean \"task\""), "{}", errors[2].1);
    }

    #[test]
    fn a_field_that_stands_there_twice_is_refused() {
        assert_eq!(errors(r#"{"task":"a","task":"b"}"#)[0].0, "/job/task");
    }
}
