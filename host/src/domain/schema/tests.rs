use serde_json::{Map, json};

use super::*;

const STEPS: u64 = 5_000_000;

fn schema(schema: &Value) -> Schema {
    Schema::compile(&Json::from_value(schema)).unwrap_or_else(|error| panic!("{error}"))
}

fn refusal(schema: &Value) -> SchemaError {
    Schema::compile(&Json::from_value(schema)).err().expect("it is refused")
}

fn checked(schema: &Schema, value: &Value) -> Vec<(String, String)> {
    let found = schema.violations(&Json::from_value(value), &mut Work::new(STEPS)).expect("it is checked");
    found.into_iter().map(|problem| (problem.pointer, problem.detail)).collect()
}

/// Definitions `a0` to `a{last}`, each made from the reference to the next.
fn chain(last: usize, link: impl Fn(Value) -> Value, end: Value) -> Value {
    let reference = |number: usize| json!({ "$ref": format!("#/$defs/a{number}") });
    let mut definitions: Map<_, _> =
        (0..last).map(|number| (format!("a{number}"), link(reference(number + 1)))).collect();
    definitions.insert(format!("a{last}"), end);
    json!({ "$ref": "#/$defs/a0", "$defs": definitions })
}

#[test]
fn every_violation_has_its_pointer() {
    let schema = schema(&json!({
        "type": "object",
        "properties": { "n": { "type": "integer", "maximum": 3 }, "s": { "pattern": "^[a-z]+$" } },
        "required": ["n"],
        "additionalProperties": false
    }));
    assert_eq!(checked(&schema, &json!({ "n": 3, "s": "ab" })), []);
    let found = checked(&schema, &json!({ "n": 4, "s": "AB" }));
    let pointers: Vec<_> = found.iter().map(|(pointer, _)| pointer.as_str()).collect();
    assert_eq!(pointers, ["/n", "/s"], "{found:?}");
    assert!(checked(&schema, &json!({}))[0].1.contains("\"n\" is a required property"));
    assert!(checked(&schema, &json!({ "n": 1, "x": 1 }))[0].1.contains("'x' was unexpected"));
}

#[test]
fn the_list_of_violations_and_their_texts_are_bounded() {
    let numbers = schema(&json!({ "items": { "type": "integer" } }));
    assert_eq!(checked(&numbers, &json!(vec!["x"; 100])).len(), VIOLATIONS_MAX);
    let many = vec!["x"; 100_000];
    assert_eq!(checked(&numbers, &json!(many)).len(), 1, "a list of all of them is too much work");
    let long = checked(&schema(&json!({ "additionalProperties": false })), &json!({ "k".repeat(5_000): 1 }));
    assert!(long[0].1.len() <= TEXT_BYTES_MAX + 3, "{long:?}");
    let deep = checked(
        &schema(&json!({ "additionalProperties": { "type": "null" } })),
        &json!({ "k".repeat(5_000): 1 }),
    );
    assert!(deep[0].0.len() <= TEXT_BYTES_MAX + 3, "{deep:?}");
}

#[test]
fn the_draft_is_that_of_the_schema_and_2020_12_otherwise() {
    let tuple = |draft: Option<&str>| {
        let mut tuple = json!({ "items": [{ "type": "integer" }] });
        if let Some(draft) = draft {
            tuple["$schema"] = json!(draft);
        }
        tuple
    };
    let draft_7 = schema(&tuple(Some("http://json-schema.org/draft-07/schema#")));
    assert_eq!(checked(&draft_7, &json!(["x"]))[0].0, "/0");
    assert_eq!(refusal(&tuple(None)).pointer, "/items");
    assert_eq!(refusal(&tuple(Some("https://json-schema.org/draft/2020-12/schema"))).pointer, "/items");
    for other in
        [json!("http://json-schema.org/draft-04/schema#"), json!("https://example.com/own"), json!(7)]
    {
        let refused = refusal(&json!({ "$schema": other }));
        assert_eq!(refused.pointer, "/$schema");
        assert!(refused.detail.contains("2020-12"), "{refused}");
    }
}

#[test]
fn formats_are_annotations_and_true_is_a_schema() {
    for draft in ["https://json-schema.org/draft/2020-12/schema", "http://json-schema.org/draft-07/schema#"] {
        assert_eq!(checked(&schema(&json!({ "$schema": draft, "format": "email" })), &json!("x")), []);
    }
    assert_eq!(checked(&schema(&json!(true)), &json!(1)), []);
    assert_eq!(checked(&schema(&json!(false)), &json!(1)).len(), 1);
}

#[test]
fn a_wrong_schema_is_refused_with_its_place() {
    for (wrong, pointer, text) in [
        (json!({ "properties": { "a/b": { "type": "strnig" } } }), "/properties/a~1b/type", ""),
        (json!({ "minimum": "1" }), "/minimum", "is not of type \"number\""),
        (
            json!({ "properties": { "a": { "$ref": "https://example.com/x" } } }),
            "/properties/a/$ref",
            "outside of the schema",
        ),
        (json!({ "items": { "$ref": "other.json#/x" } }), "/items/$ref", "outside of the schema"),
        (json!({ "items": { "$ref": "file:///etc/passwd" } }), "/items/$ref", "outside of the schema"),
        (json!({ "items": { "$ref": "#/$defs/x" } }), "/items/$ref", "does not exist"),
        (json!({ "properties": { "a": { "pattern": "(?=a)b" } } }), "/properties/a/pattern", "linear time"),
        (json!({ "properties": { "a": { "pattern": "(" } } }), "/properties/a/pattern", "linear time"),
        (json!({ "pattern": "\\w{1000}{1000}" }), "/pattern", "too large"),
        (json!(1), "", ""),
    ] {
        let refused = refusal(&wrong);
        assert_eq!(refused.pointer, pointer, "{wrong}: {refused}");
        assert!(refused.detail.contains(text), "{wrong}: {refused}");
    }
}

#[test]
fn the_size_the_depth_and_the_patterns_of_a_schema_are_bounded() {
    assert!(refusal(&json!({ "description": "d".repeat(64 * 1024) })).detail.contains("64KiB"));
    let nested = |levels: usize| (0..levels).fold(json!({}), |inner, _| json!({ "not": inner }));
    schema(&nested(63));
    assert!(refusal(&nested(64)).detail.contains("deeper than 64"));
    let patterns = |count: usize, pattern: &str| {
        let of = |number| (format!("p{number}"), json!({ "pattern": format!("{pattern}{number}") }));
        json!({ "properties": (0..count).map(of).collect::<Map<_, _>>() })
    };
    schema(&patterns(128, "^[a-z]{1,8}"));
    assert!(refusal(&patterns(129, "a")).detail.contains("128 patterns"));
    schema(&patterns(1, "^([ab]|cd){1,2000}x"));
    assert!(
        refusal(&patterns(100, "^([ab]|cd){1,2000}x")).detail.contains("too large"),
        "they share what one may have"
    );
}

#[test]
fn references_that_double_at_each_level_end_the_check_or_cost_it_little() {
    let doubled = schema(&chain(60, |next| json!({ "allOf": [next, next] }), json!({ "type": "object" })));
    assert_eq!(doubled.violations(&Json::empty_object(), &mut Work::new(STEPS)), Err(Unchecked));
    // The validator keeps results where a schema refers to itself.
    let both = json!({ "properties": { "a": { "$ref": "#" } } });
    let twice = schema(&json!({ "allOf": [both, both], "required": ["b"] }));
    let deep = (0..90).fold(json!({}), |inner, _| json!({ "a": inner }));
    assert_eq!(checked(&twice, &deep).len(), 1);
}

#[test]
fn references_deeper_than_a_stack_leave_the_check() {
    // The negations need the stack in every build: an optimised one follows mere references without it.
    let negated_twice = |next| json!({ "not": { "not": next } });
    let chained = chain(900, negated_twice, json!({ "properties": { "a": { "$ref": "#/$defs/a0" } } }));
    let deep = (0..90).fold(json!({}), |inner, _| json!({ "a": inner }));
    let checked = schema(&chained).violations(&Json::from_value(&deep), &mut Work::new(STEPS));
    assert_eq!(checked, Err(Unchecked));
    assert_eq!(
        schema(&json!({ "allOf": [{ "$ref": "#" }] })).violations(&Json::null(), &mut Work::new(9)),
        Ok(vec![])
    );
}

#[test]
fn a_check_ends_with_its_steps() {
    let numbers = schema(&json!({ "items": { "type": "integer" } }));
    let value = Json::from_value(&json!(vec![1; 1_000]));
    let mut work = Work::new(500);
    assert_eq!(numbers.violations(&value, &mut work), Err(Unchecked));
    assert_eq!(work, Work::new(0));
    let mut work = Work::new(100_000);
    assert_eq!(numbers.violations(&value, &mut work), Ok(vec![]));
    assert!(work < Work::new(99_000) && work > Work::new(90_000), "{work:?}");
}
