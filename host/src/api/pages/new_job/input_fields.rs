//! The fields of an input, by the JSON Schema of its task.

use serde_json::Value as Any;
use serde_json::value::RawValue;

use crate::api::read::Params;
use crate::domain::{Json, Members};

/// The most fields; an input of more members is written as JSON.
const FIELDS_MAX: usize = 40;

/// The kind of a field.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum FieldKind {
    Text,
    Number,
    Flag,
    Choice,
    /// Any other value, written as JSON.
    Json,
}

/// One member of the input.
#[derive(Clone, Debug)]
pub(super) struct InputField {
    pub(super) name: String,
    pub(super) kind: FieldKind,
    pub(super) is_required: bool,
    pub(super) description: String,
    pub(super) choices: Vec<String>,
    pub(super) value: String,
    pub(super) error: Option<String>,
}

impl InputField {
    /// The name of the field in the posted form.
    pub(super) fn field(&self) -> String {
        format!("input.{}", self.name)
    }

    fn of(name: &str, schema: &Any, required: &[&str]) -> Self {
        let text = |key: &str| schema[key].as_str().unwrap_or_default().to_owned();
        let choices: Option<Vec<_>> = schema["enum"]
            .as_array()
            .map(|all| all.iter().filter_map(|choice| choice.as_str().map(str::to_owned)).collect());
        let kind = match (schema["type"].as_str(), &choices) {
            (_, Some(choices)) if !choices.is_empty() => FieldKind::Choice,
            (Some("string"), _) => FieldKind::Text,
            (Some("integer" | "number"), _) => FieldKind::Number,
            (Some("boolean"), _) => FieldKind::Flag,
            _ => FieldKind::Json,
        };
        let value = match &schema["default"] {
            Any::Null => String::new(),
            Any::String(text) => text.clone(),
            other => other.to_string(),
        };
        Self {
            name: name.to_owned(),
            kind,
            is_required: required.contains(&name),
            description: text("description"),
            choices: choices.unwrap_or_default(),
            value,
            error: None,
        }
    }

    /// The value as JSON; `None` if the field is empty.
    fn json(&self) -> Option<String> {
        let text = self.value.trim();
        match self.kind {
            FieldKind::Flag => Some((text == "true").to_string()),
            _ if text.is_empty() => None,
            FieldKind::Text | FieldKind::Choice => Some(Any::from(self.value.as_str()).to_string()),
            FieldKind::Number | FieldKind::Json => Some(text.to_owned()),
        }
    }
}

/// The fields of inputs that fit a schema; none if it is not that of an object with a few members.
pub(super) fn of_schema(schema: &Json) -> Vec<InputField> {
    let Ok(schema) = serde_json::from_str::<Any>(schema.as_str()) else { return Vec::new() };
    let required: Vec<_> =
        schema["required"].as_array().into_iter().flatten().filter_map(Any::as_str).collect();
    match schema["properties"].as_object() {
        Some(properties) if properties.len() <= FIELDS_MAX => {
            properties.iter().map(|(name, schema)| InputField::of(name, schema, &required)).collect()
        }
        _ => Vec::new(),
    }
}

/// Fills the fields with the members of an input. Returns whether all members have a field.
pub(super) fn fill(fields: &mut [InputField], input: &Json) -> bool {
    let Ok(Members(members)) = serde_json::from_str::<Members<'_>>(input.as_str()) else { return false };
    let mut all = true;
    for (name, value) in members {
        match fields.iter_mut().find(|field| field.name == name) {
            Some(field) => field.value = text_of(field.kind, value),
            None => all = false,
        }
    }
    all
}

fn text_of(kind: FieldKind, value: &RawValue) -> String {
    let text: Option<String> = serde_json::from_str(value.get()).ok();
    let is_text = matches!(kind, FieldKind::Text | FieldKind::Choice);
    text.filter(|_| is_text).unwrap_or_else(|| value.get().to_owned())
}

/// Takes the posted values.
pub(super) fn read(fields: &mut [InputField], params: &mut Params) {
    for field in fields {
        field.value = params.named(&field.field()).unwrap_or_default();
    }
}

/// The input that the fields make.
pub(super) fn json(fields: &[InputField]) -> String {
    let member = |field: &InputField| Some(format!("{}:{}", Any::from(field.name.as_str()), field.json()?));
    let members: Vec<_> = fields.iter().filter_map(member).collect();
    format!("{{{}}}", members.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields() -> Vec<InputField> {
        let schema = r#"{"type":"object","required":["to"],"properties":{
            "to":{"type":"string","description":"The reader"},"size":{"type":"integer","default":7},
            "kind":{"enum":["a","b"]},"loud":{"type":"boolean"},"more":{"type":"array"}}}"#;
        of_schema(&Json::parse(schema).unwrap())
    }

    #[test]
    fn a_schema_makes_fields_and_fields_make_an_input() {
        let mut fields = fields();
        let kind = |name: &str| fields.iter().find(|field| field.name == name).unwrap().kind;
        assert_eq!(
            [kind("to"), kind("size"), kind("kind")],
            [FieldKind::Text, FieldKind::Number, FieldKind::Choice]
        );
        assert_eq!([kind("loud"), kind("more")], [FieldKind::Flag, FieldKind::Json]);
        let posted = b"input.to=a%22b&input.size=12345678901234567890&input.kind=&input.more=%5B1%5D";
        read(&mut fields, &mut Params::of(posted));
        let made: Any = serde_json::from_str(&json(&fields)).unwrap();
        assert_eq!(made["to"], "a\"b");
        assert!(json(&fields).contains("12345678901234567890"), "{}", json(&fields));
        assert_eq!(
            (&made["loud"], &made["more"][0], &made["kind"]),
            (&Any::from(false), &Any::from(1), &Any::Null)
        );
    }

    #[test]
    fn an_input_fills_the_fields_and_foreign_members_are_noticed() {
        let mut fields = fields();
        assert!(fill(&mut fields, &Json::parse(r#"{"to":"x","size":3,"loud":true}"#).unwrap()));
        let made: Any = serde_json::from_str(&json(&fields)).unwrap();
        assert_eq!(made, serde_json::json!({"to": "x", "size": 3, "loud": true}));
        assert!(!fill(&mut fields, &Json::parse(r#"{"other":1}"#).unwrap()));
        assert!(!fill(&mut fields, &Json::parse("[1]").unwrap()));
    }
}
