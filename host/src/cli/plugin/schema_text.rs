//! A JSON Schema in a few words, and a value that fits it, to begin with.

use serde_json::{Map, Value, json};

/// Schemas within schemas that are looked into.
const DEPTH_MAX: usize = 4;
/// Bytes of the words.
const BYTES_MAX: usize = 300;

/// A schema in a few words, such as `{user_id: string, note?: string}`.
pub(super) fn in_short(schema: &Value) -> String {
    let mut text = Reader { root: schema }.words(schema, 0);
    if text.len() > BYTES_MAX {
        text.truncate(text.floor_char_boundary(BYTES_MAX));
        text.push_str("...");
    }
    text
}

/// A value that fits a schema as far as it can be told easily: what is required, and no more.
pub(super) fn example(schema: &Value) -> Value {
    Reader { root: schema }.example(schema, 0)
}

struct Reader<'a> {
    /// The whole schema, in which references lead.
    root: &'a Value,
}

impl<'a> Reader<'a> {
    /// The schema itself, or the one that it refers to.
    fn resolved(&self, schema: &'a Value) -> &'a Value {
        let target = schema.get("$ref").and_then(Value::as_str).and_then(|target| target.strip_prefix('#'));
        target.and_then(|pointer| self.root.pointer(pointer)).unwrap_or(schema)
    }

    fn words(&self, schema: &'a Value, depth: usize) -> String {
        let schema = self.resolved(schema);
        if depth > DEPTH_MAX {
            return "...".to_owned();
        }
        if let Some(value) = schema.get("const") {
            return value.to_string();
        }
        if let Some(values) = schema.get("enum").and_then(Value::as_array) {
            return joined(values.iter().map(Value::to_string));
        }
        if let Some(choices) = choices(schema) {
            return joined(choices.iter().map(|choice| self.words(choice, depth + 1)));
        }
        match schema.get("type") {
            Some(Value::String(kind)) => self.words_of(kind, schema, depth),
            Some(Value::Array(kinds)) => {
                joined(kinds.iter().filter_map(Value::as_str).map(|kind| self.words_of(kind, schema, depth)))
            }
            _ if schema.get("properties").is_some() => self.words_of("object", schema, depth),
            _ => "any".to_owned(),
        }
    }

    fn words_of(&self, kind: &str, schema: &'a Value, depth: usize) -> String {
        match kind {
            "object" => {
                let Some(properties) = properties(schema) else { return "object".to_owned() };
                let fields = properties.iter().map(|(name, field)| {
                    let mark = if is_required(schema, name) { "" } else { "?" };
                    format!("{name}{mark}: {}", self.words(field, depth + 1))
                });
                format!("{{{}}}", fields.collect::<Vec<_>>().join(", "))
            }
            "array" => match schema.get("items") {
                Some(items) => format!("[{}]", self.words(items, depth + 1)),
                None => "array".to_owned(),
            },
            other => other.to_owned(),
        }
    }

    fn example(&self, schema: &'a Value, depth: usize) -> Value {
        let schema = self.resolved(schema);
        let given = ["const", "default"].into_iter().find_map(|name| schema.get(name));
        let listed = ["examples", "enum"].into_iter().find_map(|name| schema.get(name)?.get(0));
        if let Some(value) = given.or(listed) {
            return value.clone();
        }
        if let Some(choice) =
            choices(schema).and_then(|choices| choices.first()).filter(|_| depth < DEPTH_MAX)
        {
            return self.example(choice, depth + 1);
        }
        let kind = match schema.get("type") {
            Some(Value::Array(kinds)) => kinds.first().and_then(Value::as_str),
            kind => kind.and_then(Value::as_str),
        };
        match kind {
            Some("string") => json!("..."),
            Some("integer" | "number") => schema.get("minimum").cloned().unwrap_or(json!(1)),
            Some("boolean") => json!(true),
            Some("array") => json!([]),
            Some("null") => Value::Null,
            _ if depth < DEPTH_MAX => self.example_object(schema, depth),
            _ => json!({}),
        }
    }

    fn example_object(&self, schema: &'a Value, depth: usize) -> Value {
        let fields = properties(schema).into_iter().flatten().filter(|(name, _)| is_required(schema, name));
        let fields = fields.map(|(name, field)| (name.clone(), self.example(field, depth + 1)));
        Value::Object(fields.collect::<Map<_, _>>())
    }
}

fn properties(schema: &Value) -> Option<&Map<String, Value>> {
    schema.get("properties").and_then(Value::as_object)
}

fn is_required(schema: &Value, name: &str) -> bool {
    let required = schema.get("required").and_then(Value::as_array);
    required.is_some_and(|required| required.iter().any(|one| one == name))
}

fn choices(schema: &Value) -> Option<&Vec<Value>> {
    ["oneOf", "anyOf"].into_iter().find_map(|name| schema.get(name)).and_then(Value::as_array)
}

fn joined(words: impl Iterator<Item = String>) -> String {
    words.collect::<Vec<_>>().join(" | ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_is_short_and_its_example_fits_it() {
        for (schema, words, value) in [
            (json!({ "type": "string" }), "string", json!("...")),
            (json!({ "type": ["string", "null"] }), "string | null", json!("...")),
            (json!({ "enum": ["a", 2] }), "\"a\" | 2", json!("a")),
            (json!({ "type": "array", "items": { "type": "integer" } }), "[integer]", json!([])),
            (json!({ "type": "integer", "minimum": 5 }), "integer", json!(5)),
            (json!(true), "any", json!({})),
            (
                json!({
                    "$defs": { "money": { "type": "object", "properties": { "cents": { "type": "integer" } }, "required": ["cents"] } },
                    "type": "object",
                    "properties": { "note": { "anyOf": [{ "type": "string" }, { "type": "null" }] }, "price": { "$ref": "#/$defs/money" } },
                    "required": ["price"],
                }),
                "{note?: string | null, price: {cents: integer}}",
                json!({ "price": { "cents": 1 } }),
            ),
        ] {
            assert_eq!((in_short(&schema), example(&schema)), (words.to_owned(), value), "{schema}");
        }
    }

    #[test]
    fn a_schema_without_end_has_one_here() {
        let list =
            json!({ "type": "object", "properties": { "next": { "$ref": "#" } }, "required": ["next"] });
        assert_eq!(in_short(&list).matches("next").count(), DEPTH_MAX + 1);
        assert!(example(&list).to_string().len() < 200);
        let round = json!({ "$ref": "#" });
        assert_eq!((in_short(&round), example(&round)), ("any".to_owned(), json!({})));
        let long = json!({ "enum": vec!["x".repeat(100); 10] });
        assert!(in_short(&long).len() <= BYTES_MAX + 3);
    }
}
