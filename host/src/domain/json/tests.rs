use proptest::prelude::*;
use serde_json::Value;

use super::*;

fn refused(text: impl Into<Arc<str>>) -> JsonError {
    Json::parse(text).unwrap_err()
}

fn nested(depth: usize) -> String {
    ["{\"a\":[".repeat(depth / 2), "[]".repeat(depth % 2), "]}".repeat(depth / 2)].concat()
}

#[test]
fn text_is_kept_as_it_was_and_nonsense_is_refused_with_its_place() {
    for text in
        ["{ \"a\" : 1.0 }", r#"{"id":123456789012345678901234,"b":1E+2,"a":-0.0}"#, "\"\\ud83d\\ude00\""]
    {
        assert_eq!(Json::parse(text).unwrap().as_str(), text);
    }
    assert!(refused("{\"a\":").to_string().contains("line 1"));
}

#[test]
fn a_hundred_levels_are_taken_and_one_more_is_not() {
    assert!(Json::parse(nested(100)).is_ok());
    assert_eq!(refused(nested(101)), JsonError::TooDeep);
    assert_eq!(refused("[".repeat(1_000_000) + &"]".repeat(1_000_000)), JsonError::TooDeep);
    assert!(Json::parse(format!("[{}0]", "[],".repeat(1_000))).is_ok(), "beside each other is not deep");
    assert!(Json::parse(format!("\"{}\"", "[".repeat(200))).is_ok(), "nor is what stands in a text");
}

#[test]
fn the_deepest_value_is_read_within_a_list_by_a_usual_parser() {
    let list = format!(r#"{{"items":[{{"job":{{"input":{}}}}}]}}"#, nested(100));
    assert!(serde_json::from_str::<Value>(&list).is_ok());
}

#[test]
fn numbers_have_a_thousand_characters_and_the_range_of_a_double() {
    assert!(Json::parse("1.7976931348623157e308").is_ok());
    assert!(Json::parse(format!("0.{}", "1".repeat(998))).is_ok());
    assert_eq!(refused(format!("[0.{}]", "1".repeat(999))), JsonError::LongNumber { at: 1 });
    assert_eq!(refused("[1e309]"), JsonError::LargeNumber { at: 1 });
    assert_eq!(refused(format!("-{}", "9".repeat(310))), JsonError::LargeNumber { at: 0 });
    assert!(Json::parse("\"1e309\"").is_ok(), "a text is no number");
}

#[test]
fn half_of_a_surrogate_pair_is_refused_with_its_place() {
    for half in [r#"["\ud83d"]"#, r#"["\ude00"]"#, r#"["\ud83d\ud83d"]"#, r#"["\ud83dA"]"#] {
        assert_eq!(refused(half), JsonError::LoneSurrogate { at: 2 }, "{half}");
    }
    assert!(Json::parse(r#""\\ud83d""#).is_ok(), "an escaped backslash escapes nothing more");
    assert_eq!(refused(r#"{"\ud83d":1}"#), JsonError::LoneSurrogate { at: 2 });
}

/// Texts that are nearly JSON, and often are.
fn nearly_json() -> impl Strategy<Value = String> {
    const PARTS: &[&str] = &[
        "[",
        "]",
        "{",
        "}",
        "\"",
        "\"",
        ",",
        ":",
        "0",
        "1",
        "99",
        "-",
        ".",
        "e",
        "E+",
        "400",
        " ",
        "\n",
        "true",
        "null",
        "\\",
        "\\\\",
        "\\\"",
        "\\u",
        "d800",
        "dc00",
        "\\ud83d\\ude00",
        "ä",
        "\u{7f}",
    ];
    prop::collection::vec(prop::sample::select(PARTS), 0..24).prop_map(|parts| parts.concat())
}

/// JSON values of every kind.
fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|flag| flag.to_string()),
        "-?(0|[1-9][0-9]{0,40})(\\.[0-9]{1,5})?([eE][+-]?[0-9]{1,3})?",
        any::<String>().prop_map(|text| Value::from(text).to_string()),
    ];
    leaf.prop_recursive(6, 40, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|items| format!("[ {} ]", items.join(" ,"))),
            prop::collection::vec((any::<String>(), inner), 0..4).prop_map(|fields| {
                let fields =
                    fields.into_iter().map(|(name, value)| format!("{}: {value}", Value::from(name)));
                format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
            }),
        ]
    })
}

proptest! {
    /// Of texts that are neither deep nor have long numbers, exactly those are taken that a usual parser
    /// reads, and they are kept byte for byte.
    #[test]
    fn what_a_usual_parser_reads_is_taken(text in prop_oneof![nearly_json(), json()]) {
        let taken = Json::parse(text.as_str());
        prop_assert_eq!(taken.is_ok(), serde_json::from_str::<Value>(&text).is_ok(), "{}", text);
        if let Ok(json) = taken {
            prop_assert_eq!(json.as_str(), &text);
        }
    }

    #[test]
    fn no_text_panics(text in any::<String>()) {
        let _ = Json::parse(text);
    }
}
