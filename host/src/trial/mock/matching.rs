//! Whether a request is one that an entry answers.

use http::HeaderMap;
use serde_json::Value;
use serde_json::value::RawValue;
use url::Url;

use super::entry::MockRequest;

/// A request as its server would get it.
pub(in crate::trial) struct Incoming<'a> {
    pub(in crate::trial) method: &'a str,
    pub(in crate::trial) url: &'a str,
    pub(in crate::trial) headers: &'a HeaderMap,
    pub(in crate::trial) body: &'a [u8],
}

/// The first thing that differs; none if the entry answers the request.
pub(super) fn difference(wanted: &MockRequest, sent: &Incoming<'_>) -> Option<String> {
    if !is_of_url(wanted, sent) {
        return Some("its URL differs".to_owned());
    }
    if wanted.method.as_ref().is_some_and(|method| !method.eq_ignore_ascii_case(sent.method)) {
        return Some("its method differs".to_owned());
    }
    let missing = |(name, pattern): &(&String, &String)| {
        !sent
            .headers
            .get_all(name.as_str())
            .iter()
            .any(|value| is_like(pattern, &String::from_utf8_lossy(value.as_bytes())))
    };
    if let Some((name, _)) = wanted.headers.iter().find(missing) {
        return Some(format!("its header {name} differs"));
    }
    let body = wanted.body.as_deref()?;
    (!has_body(body, sent.body)).then(|| "its body differs".to_owned())
}

/// Whether the URL is that of the entry, whatever else differs.
pub(super) fn is_of_url(wanted: &MockRequest, sent: &Incoming<'_>) -> bool {
    is_like(&normal(&wanted.url), sent.url)
}

/// A URL in the form in which it is sent.
fn normal(url: &str) -> String {
    if url.contains('*') {
        return url.to_owned();
    }
    Url::parse(url).map_or_else(|_| url.to_owned(), String::from)
}

/// Whether a text has this pattern, in which `*` stands for any text.
fn is_like(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

fn has_body(wanted: &RawValue, sent: &[u8]) -> bool {
    let Ok(wanted) = serde_json::from_str::<Value>(wanted.get()) else { return false };
    if wanted.as_str().is_some_and(|text| text.as_bytes() == sent) {
        return true;
    }
    serde_json::from_slice::<Value>(sent).is_ok_and(|sent| includes(&sent, &wanted))
}

/// Whether a value is the wanted one; of an object, the fields that are named.
fn includes(sent: &Value, wanted: &Value) -> bool {
    match (sent, wanted) {
        (Value::Object(sent), Value::Object(wanted)) => {
            wanted.iter().all(|(name, wanted)| sent.get(name).is_some_and(|sent| includes(sent, wanted)))
        }
        (Value::Array(sent), Value::Array(wanted)) => {
            sent.len() == wanted.len() && sent.iter().zip(wanted).all(|(sent, wanted)| includes(sent, wanted))
        }
        _ => sent == wanted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, text) in [
            ("https://a/x", "https://a/x"),
            ("https://a/*", "https://a/"),
            ("*/x?*=1", "https://a/b/x?c=1"),
            ("*", ""),
            ("a*b*c", "abbc"),
        ] {
            assert!(is_like(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("a", "ab"), ("a*b", "ac"), ("a*a", "a"), ("", "x"), ("*b*b", "ab")] {
            assert!(!is_like(pattern, text), "{pattern} {text}");
        }
    }

    fn difference_of(entry: &str) -> Option<String> {
        let entry: MockRequest = serde_json::from_str(entry).unwrap();
        let mut headers = HeaderMap::new();
        headers.insert("x-key", "secret 7".parse().unwrap());
        let body = br#"{"a":1,"b":[{"c":2,"d":3}]}"#;
        difference(
            &entry,
            &Incoming { method: "POST", url: "https://a.example/x?q=1", headers: &headers, body },
        )
    }

    #[test]
    fn a_request_has_all_that_its_entry_names_and_may_have_more() {
        for entry in [
            r#"{"url":"HTTPS://A.example:443/x?q=1"}"#,
            r#"{"method":"post","url":"https://a.example/*","headers":{"X-Key":"secret *"},"body":{"b":[{"c":2}]}}"#,
            r#"{"url":"*","body":"{\"a\":1,\"b\":[{\"c\":2,\"d\":3}]}"}"#,
        ] {
            assert_eq!(difference_of(entry), None, "{entry}");
        }
    }

    #[test]
    fn what_differs_is_named() {
        for (entry, named) in [
            (r#"{"url":"https://a.example/x"}"#, "URL"),
            (r#"{"method":"GET","url":"*"}"#, "method"),
            (r#"{"url":"*","headers":{"x-key":"8"}}"#, "header x-key"),
            (r#"{"url":"*","headers":{"x-other":"*"}}"#, "header x-other"),
            (r#"{"url":"*","body":{"b":[]}}"#, "body"),
            (r#"{"url":"*","body":"{}"}"#, "body"),
        ] {
            assert!(difference_of(entry).is_some_and(|text| text.contains(named)), "{entry}");
        }
    }
}
