//! Spans in the JSON of OTLP 1.

use serde_json::{Value, json};

use crate::spans::Span;

/// The body of a request with these spans.
pub(super) fn request(spans: &[Span], instance: &str) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let resource = [
        attribute("service.name", "taskbox"),
        attribute("service.version", version),
        attribute("service.instance.id", instance),
    ];
    let spans: Vec<Value> = spans.iter().map(span).collect();
    let scope = json!({ "name": "taskbox", "version": version });
    json!({ "resourceSpans": [{
        "resource": { "attributes": resource },
        "scopeSpans": [{ "scope": scope, "spans": spans }],
    }] })
    .to_string()
}

fn span(span: &Span) -> Value {
    let attributes: Vec<Value> = span.attributes.iter().map(|(name, value)| attribute(name, value)).collect();
    // 2 is an error; what is well has no status.
    let status = span.error.as_ref().map(|error| json!({ "code": 2, "message": error }));
    json!({
        "traceId": format!("{:032x}", span.trace),
        "spanId": format!("{:016x}", span.id),
        "parentSpanId": span.parent.map(|parent| format!("{parent:016x}")).unwrap_or_default(),
        "name": span.name,
        "kind": span.kind as u8,
        // 64-bit numbers are texts in this JSON.
        "startTimeUnixNano": span.time.0.to_string(),
        "endTimeUnixNano": span.time.1.to_string(),
        "attributes": attributes,
        "status": status.unwrap_or_else(|| json!({})),
    })
}

fn attribute(name: &str, value: &str) -> Value {
    json!({ "key": name, "value": { "stringValue": value } })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spans::Kind;

    #[test]
    fn a_span_has_the_form_of_the_standard() {
        let attributes = vec![("task", "mail".to_owned())];
        let one = Span {
            trace: 0xabc,
            id: 7,
            parent: Some(8),
            name: "attempt".to_owned(),
            kind: Kind::Consumer,
            time: (1_000, 2_000),
            attributes,
            error: Some("no luck".to_owned()),
        };
        let body: Value = serde_json::from_str(&request(&[one], "host:1")).unwrap();
        let span = &body["resourceSpans"][0]["scopeSpans"][0]["spans"][0];
        assert_eq!(
            *span,
            json!({
                "traceId": "00000000000000000000000000000abc", "spanId": "0000000000000007",
                "parentSpanId": "0000000000000008", "name": "attempt", "kind": 5,
                "startTimeUnixNano": "1000", "endTimeUnixNano": "2000",
                "attributes": [{ "key": "task", "value": { "stringValue": "mail" } }],
                "status": { "code": 2, "message": "no luck" },
            })
        );
    }
}
