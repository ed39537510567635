//! The meaning of a JSON text as a digest: spaces and the order of fields do not count.
//!
//! Only a task knows the meaning of a value, so that nothing is interpreted: a number is its digits, however many, and
//! a name that occurs twice has both its values.

use serde_json::value::RawValue;

use super::Members;
use crate::domain::Digest;

/// The deepest nesting. No text that was read is as deep.
const DEPTH_MAX: usize = 256;

/// The digest of the canonical form of JSON. A text without one has the digest of its bytes.
pub fn json_fingerprint(text: &str) -> Digest {
    let mut canonical = String::with_capacity(text.len());
    let written = write(text.trim(), DEPTH_MAX, &mut canonical);
    Digest::of(if written.is_some() { canonical.as_bytes() } else { text.as_bytes() })
}

/// Writes one value, which has no space around it.
fn write(text: &str, depth: usize, out: &mut String) -> Option<()> {
    let depth = depth.checked_sub(1)?;
    match text.as_bytes().first()? {
        b'[' => {
            let items: Vec<&RawValue> = serde_json::from_str(text).ok()?;
            out.push('[');
            for item in items {
                write(item.get(), depth, out)?;
                out.push(',');
            }
            out.push(']');
        }
        b'{' => {
            let mut members = serde_json::from_str::<Members>(text).ok()?.0;
            // Stable: of a name that occurs twice the order counts, because some readers use the last.
            members.sort_by(|(one, _), (other, _)| one.cmp(other));
            out.push('{');
            for (name, value) in members {
                out.push_str(&quoted(name));
                out.push(':');
                write(value.get(), depth, out)?;
                out.push(',');
            }
            out.push('}');
        }
        b'"' => out.push_str(&quoted(serde_json::from_str(text).ok()?)),
        _ => out.push_str(text),
    }
    Some(())
}

/// A string in one of its many forms.
fn quoted(text: String) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::json_fingerprint as fingerprint;

    #[test]
    fn spaces_and_the_order_of_fields_do_not_count_and_values_do() {
        let one = fingerprint(r#"{"a":1,"b":[{"c":null,"d":"x"}]}"#);
        assert_eq!(one, fingerprint("{ \"b\" : [ {\"d\":\"\\u0078\", \"c\":null} ],\n\"a\":1 }\n"));
        assert_ne!(one, fingerprint(r#"{"a":2,"b":[{"c":null,"d":"x"}]}"#));
        assert_ne!(fingerprint("[1,2]"), fingerprint("[2,1]"));
    }

    #[test]
    fn long_numbers_and_repeated_names_differ() {
        assert_ne!(fingerprint("[18446744073709551616]"), fingerprint("[18446744073709551617]"));
        assert_ne!(fingerprint("[0.10000000000000000001]"), fingerprint("[0.1]"));
        assert_ne!(fingerprint(r#"{"a":1,"a":2}"#), fingerprint(r#"{"a":2}"#));
        assert_ne!(fingerprint(r#"{"a":1,"a":2}"#), fingerprint(r#"{"a":2,"a":1}"#));
    }

    #[test]
    fn depth_without_end_is_only_bytes() {
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        assert_eq!(fingerprint(&deep), fingerprint(&deep.clone()));
    }
}
