//! The answers of a host: JSON that is read and shown, its values unchanged.

use serde_json::value::RawValue;

use super::out::printable_line;
use crate::domain::{Members, Timestamp};

/// An answer.
#[derive(Debug)]
pub(super) struct Answer {
    json: Box<RawValue>,
    /// The time of the host when it gave the answer, in whole seconds, if it said it.
    at: Option<Timestamp>,
}

/// A value within an answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part<'a>(&'a RawValue);

impl Answer {
    /// Reads an answer; an empty one is null.
    pub(super) fn parse(text: String) -> serde_json::Result<Self> {
        let text = if text.trim().is_empty() { "null".to_owned() } else { text };
        RawValue::from_string(text).map(|json| Self { json, at: None })
    }

    /// The same answer, given at this time.
    pub(super) fn given_at(self, at: Option<Timestamp>) -> Self {
        Self { at, ..self }
    }

    /// The time at which the host gave the answer.
    pub(super) fn time(&self) -> Option<Timestamp> {
        self.at
    }

    /// All of it.
    pub(super) fn root(&self) -> Part<'_> {
        Part(&self.json)
    }

    /// The value at a JSON pointer without escapes, such as `/counts/running`.
    pub(super) fn at(&self, pointer: &str) -> Option<Part<'_>> {
        self.root().at(pointer)
    }

    /// The text in a field.
    pub(super) fn str(&self, name: &str) -> Option<String> {
        self.root().get(name)?.str()
    }

    /// The items of a list as the host answers lists: `{ "items": [...] }`.
    pub(super) fn items(&self) -> Vec<Part<'_>> {
        self.root().get("items").map(Part::items).unwrap_or_default()
    }
}

impl<'a> Part<'a> {
    /// The JSON.
    pub(super) fn json(self) -> &'a RawValue {
        self.0
    }

    /// A field of an object.
    pub(super) fn get(self, name: &str) -> Option<Part<'a>> {
        let members: Members = serde_json::from_str(self.0.get()).ok()?;
        members.get(name).map(Part)
    }

    /// The value at a JSON pointer without escapes.
    pub(super) fn at(self, pointer: &str) -> Option<Part<'a>> {
        pointer.split('/').skip(1).try_fold(self, Part::get)
    }

    /// The fields of an object, in their order.
    pub(super) fn fields(self) -> Vec<(String, Part<'a>)> {
        let members = serde_json::from_str::<Members>(self.0.get()).map(|members| members.0);
        members.unwrap_or_default().into_iter().map(|(name, value)| (name, Part(value))).collect()
    }

    /// The items of an array.
    pub(super) fn items(self) -> Vec<Part<'a>> {
        let items: Vec<&RawValue> = serde_json::from_str(self.0.get()).unwrap_or_default();
        items.into_iter().map(Part).collect()
    }

    /// The text, if it is one.
    pub(super) fn str(self) -> Option<String> {
        serde_json::from_str(self.0.get()).ok()
    }

    /// The time, if it is one.
    pub(super) fn time(self) -> Option<Timestamp> {
        self.str()?.parse().ok()
    }

    /// The number, if it is a whole one.
    pub(super) fn number(self) -> Option<u64> {
        serde_json::from_str(self.0.get()).ok()
    }

    /// Whether there is nothing in it: null, or an array or object without any value.
    pub(super) fn is_empty(self) -> bool {
        matches!(self.0.get(), "null" | "[]" | "{}")
    }

    /// The value in a line for people: a text without quotes, null as a dash, names separated by commas, everything
    /// else as JSON.
    pub(super) fn text(self) -> String {
        if self.0.get() == "null" {
            return "-".to_owned();
        }
        let text = self.str().or_else(|| self.names()).unwrap_or_else(|| self.0.get().to_owned());
        printable_line(&text)
    }

    /// The names in a list of texts or of named things.
    fn names(self) -> Option<String> {
        if !self.0.get().starts_with('[') {
            return None;
        }
        let name = |item: Part<'_>| item.str().or_else(|| item.get("name")?.str());
        self.items().into_iter().map(name).collect::<Option<Vec<_>>>().map(|names| names.join(", "))
    }
}

/// The value in a line for people; a missing one as a dash.
pub(super) fn text(part: Option<Part<'_>>) -> String {
    part.map_or_else(|| "-".to_owned(), Part::text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(text: &str) -> Answer {
        Answer::parse(text.to_owned()).unwrap()
    }

    #[test]
    fn values_are_shown_as_people_read_them() {
        for (json, shown) in [
            ("\"a\"", "a"),
            ("null", "-"),
            (r#"[{ "name": "a" }, { "name": "b" }]"#, "a, b"),
            (r#"["a", "b"]"#, "a, b"),
            (r#"{"b":1.50,"a":123456789012345678901234}"#, r#"{"b":1.50,"a":123456789012345678901234}"#),
            (r#""\u001b[2J\nok""#, r"\u{1b}[2J\nok"),
            ("", "-"),
        ] {
            assert_eq!(answer(json).root().text(), shown);
        }
    }

    #[test]
    fn a_value_is_found_by_its_pointer() {
        let answer = answer(r#"{"items":[{"counts":{"running":2},"id":"x"}],"next_cursor":null}"#);
        let item = answer.items()[0];
        assert_eq!(item.at("/counts/running").and_then(Part::number), Some(2));
        assert_eq!(text(item.at("/counts/none")), "-");
        assert_eq!(
            (item.get("id").and_then(Part::str), answer.str("next_cursor")),
            (Some("x".to_owned()), None)
        );
    }

    #[test]
    fn a_value_that_is_deeper_than_parsers_go_is_shown_all_the_same() {
        let deep = "[".repeat(1_000) + &"]".repeat(1_000);
        let answer = answer(&format!(r#"{{"items":[{{"input":{deep}}}]}}"#));
        assert_eq!(answer.items()[0].at("/input").unwrap().text(), deep);
    }
}
