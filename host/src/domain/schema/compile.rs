//! From the text of a schema to its validator, or to the reason why it is refused.

use jsonschema::{Draft, PatternOptions, Validator};
use serde_json::Value;

use super::bounded;
use super::metered::Metered;
use crate::domain::{ByteSize, Json, pointer_part};

/// The longest schema, in bytes.
const BYTES_MAX: usize = 64 * 1024;

/// The deepest nesting of a schema.
const DEPTH_MAX: usize = 64;

/// The largest compiled pattern, in bytes.
const PATTERN_BYTES_MAX: usize = 1024 * 1024;

/// Bytes of all compiled patterns of a schema, of which each has an equal part.
const PATTERNS_BYTES_MAX: usize = 4 * 1024 * 1024;

/// The most patterns of a schema.
const PATTERNS_MAX: usize = 128;

/// Drafts by the URI in `$schema`, without an empty fragment.
const DRAFTS: [(&str, Draft); 3] = [
    ("https://json-schema.org/draft/2020-12/schema", Draft::Draft202012),
    ("http://json-schema.org/draft-07/schema", Draft::Draft7),
    ("https://json-schema.org/draft-07/schema", Draft::Draft7),
];

/// The reason why a schema is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at {:?}: {detail}", .pointer)]
pub struct SchemaError {
    /// JSON pointer to the place in the schema; empty for the whole.
    pub pointer: String,
    /// What is wrong there.
    pub detail: String,
}

/// The validator of a schema.
pub(super) fn compile(text: &Json) -> Result<Validator<Metered>, SchemaError> {
    if text.as_str().len() > BYTES_MAX {
        return Err(refused("", format!("it has more than {}", ByteSize(BYTES_MAX as u64))));
    }
    let schema: Value = serde_json::from_str(text.as_str())
        .map_err(|error| refused("", format!("it is not JSON: {error}")))?;
    let mut found = Found::default();
    walk(&schema, &mut String::new(), 1, &mut found)?;
    if found.patterns > PATTERNS_MAX {
        return Err(refused("", format!("it has more than {PATTERNS_MAX} patterns")));
    }
    let part = (PATTERNS_BYTES_MAX / found.patterns.max(1)).min(PATTERN_BYTES_MAX);
    let patterns = PatternOptions::regex().size_limit(part).dfa_size_limit(part);
    jsonschema::options_for::<Metered>()
        .with_draft(draft(&schema)?)
        .offline()
        .should_validate_formats(false)
        .with_pattern_options(patterns)
        .build(&schema)
        .map_err(|error| in_words(&error, &found))
}

fn draft(schema: &Value) -> Result<Draft, SchemaError> {
    let Some(named) = schema.get("$schema") else { return Ok(Draft::Draft202012) };
    let uri = named.as_str().map(|uri| uri.strip_suffix('#').unwrap_or(uri));
    let known = DRAFTS.iter().find(|(known, _)| Some(*known) == uri).map(|(_, draft)| *draft);
    known.ok_or_else(|| refused("/$schema", format!("it must be {:?} or {:?}", DRAFTS[0].0, DRAFTS[1].0)))
}

/// What the schema consists of, wherever it is; not all of it need be a keyword.
#[derive(Default)]
struct Found {
    patterns: usize,
    /// The target of each reference, and its place.
    references: Vec<(String, String)>,
}

fn walk(value: &Value, pointer: &mut String, depth: usize, found: &mut Found) -> Result<(), SchemaError> {
    if depth > DEPTH_MAX && matches!(value, Value::Object(_) | Value::Array(_)) {
        return Err(refused(pointer, format!("it is nested deeper than {DEPTH_MAX} levels")));
    }
    let length = pointer.len();
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                pointer.push('/');
                pointer.push_str(&pointer_part(name));
                found.note(name, member, pointer);
                walk(member, pointer, depth + 1, found)?;
                pointer.truncate(length);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                pointer.push_str(&format!("/{index}"));
                walk(item, pointer, depth + 1, found)?;
                pointer.truncate(length);
            }
        }
        _ => {}
    }
    Ok(())
}

impl Found {
    fn note(&mut self, name: &str, member: &Value, pointer: &str) {
        match (name, member) {
            ("pattern", Value::String(_)) => self.patterns += 1,
            ("patternProperties", Value::Object(patterns)) => self.patterns += patterns.len(),
            ("$ref" | "$dynamicRef", Value::String(target)) => {
                self.references.push((target.clone(), pointer.to_owned()));
            }
            _ => {}
        }
    }
}

/// The words for an error of the compiler. It does not say at which reference it stopped, but which target it looked for.
fn in_words(error: &jsonschema::ValidationError<'_>, found: &Found) -> SchemaError {
    use jsonschema::error::ValidationErrorKind as Kind;
    let text = error.to_string();
    match error.kind() {
        Kind::Referencing(_) => {
            let stopped = found.references.iter().find(|(target, _)| {
                text.contains(&format!("'{target}'"))
                    || text.contains(&format!("'{}'", target.trim_start_matches('#')))
            });
            let place = stopped.map_or("", |(_, place)| place);
            if text.contains("retriev") {
                let target = stopped.map_or(text.as_str(), |(target, _)| target);
                let detail =
                    format!("{target:?} is outside of the schema; put what it refers to into `$defs`");
                return refused(place, detail);
            }
            refused(place, text)
        }
        Kind::Format { format } if format == "regex" => refused(
            error.instance_path().as_str(),
            "the pattern is no regular expression of linear time (without look-around and backreferences), or too large",
        ),
        _ => refused(error.instance_path().as_str(), error.masked_with("the value").to_string()),
    }
}

fn refused(pointer: &str, detail: impl Into<String>) -> SchemaError {
    SchemaError { pointer: bounded(pointer), detail: bounded(&detail.into()) }
}
