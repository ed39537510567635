//! The meaning of a JSON body as a digest: spaces and the order of fields do not count.

use crate::domain::Digest;

/// The digest of the JSON's canonical form. A text that is no JSON has the digest of its bytes.
pub(super) fn fingerprint(text: &str) -> Digest {
    let Ok(value) = serde_json::from_str::<serde_json::Value>(text) else {
        return Digest::of(text.as_bytes());
    };
    let mut canonical = String::with_capacity(text.len());
    write(&value, &mut canonical);
    Digest::of(canonical.as_bytes())
}

fn write(value: &serde_json::Value, out: &mut String) {
    match value {
        serde_json::Value::Array(items) => {
            out.push('[');
            for item in items {
                write(item, out);
                out.push(',');
            }
            out.push(']');
        }
        serde_json::Value::Object(members) => {
            // Sorted here, because a dependency can turn on the feature that keeps the written order.
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(name, _)| *name);
            out.push('{');
            for (name, value) in members {
                out.push_str(&serde_json::Value::from(name.as_str()).to_string());
                out.push(':');
                write(value, out);
                out.push(',');
            }
            out.push('}');
        }
        scalar => out.push_str(&scalar.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::fingerprint;

    #[test]
    fn spaces_and_the_order_of_fields_do_not_count_and_values_do() {
        let one = fingerprint(r#"{"a":1,"b":[{"c":null,"d":"x"}]}"#);
        assert_eq!(one, fingerprint("{ \"b\" : [ {\"d\":\"\\u0078\", \"c\":null} ],\n\"a\":1 }"));
        assert_ne!(one, fingerprint(r#"{"a":2,"b":[{"c":null,"d":"x"}]}"#));
        assert_ne!(fingerprint("[1,2]"), fingerprint("[2,1]"));
    }
}
