//! Answers of servers as entries of a mock file, without what may be secret.

use std::collections::BTreeMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::value::{RawValue, to_raw_value};

use super::mock::{MockEntry, MockRequest, MockResponse};
use crate::domain::egress_policy::PLACEHOLDER_PREFIX;

/// Headers that say nothing to the task, or are written anew.
const LEFT_OUT: [&str; 7] =
    ["date", "content-length", "server", "via", "age", "strict-transport-security", "alt-svc"];

/// Parts of the names of headers that may hold a secret.
const SECRET_NAMES: [&str; 8] =
    ["cookie", "token", "secret", "key", "auth", "session", "signature", "credential"];

/// What stands in the place of a secret.
const HIDDEN: &str = "********";

/// A request that a server answered.
pub(super) struct Request<'a> {
    pub(super) method: &'a str,
    pub(super) url: &'a str,
    pub(super) body: &'a [u8],
}

/// The entry for an answer. Headers of the request are left out: they differ from run to run, and hold the secrets.
pub(super) fn entry(request: Request<'_>, answer: &http::response::Parts, body: &[u8]) -> MockEntry {
    let (text, base64) = match shown(body) {
        Some(text) => (Some(text), None),
        None => (None, (!body.is_empty()).then(|| BASE64.encode(body))),
    };
    MockEntry {
        request: MockRequest {
            method: Some(request.method.to_owned()),
            url: request.url.to_owned(),
            headers: BTreeMap::new(),
            // A placeholder is another one at the next attempt.
            body: shown(request.body).filter(|body| !body.get().contains(PLACEHOLDER_PREFIX)),
        },
        response: Some(MockResponse {
            status: answer.status.as_u16(),
            headers: answer.headers.iter().filter_map(kept).collect(),
            body: text,
            body_base64: base64,
        }),
        delay_ms: 0,
        fault: None,
        times: None,
    }
}

fn kept((name, value): (&http::HeaderName, &http::HeaderValue)) -> Option<(String, String)> {
    let name = name.as_str();
    let is_left_out = LEFT_OUT.contains(&name) || SECRET_NAMES.iter().any(|part| name.contains(part));
    (!is_left_out).then(|| Some((name.to_owned(), value.to_str().ok()?.to_owned())))?
}

/// A body as it stands in a mock file; none if it is empty or no text.
fn shown(body: &[u8]) -> Option<Box<RawValue>> {
    if body.is_empty() {
        return None;
    }
    let text = std::str::from_utf8(body).ok()?;
    match serde_json::from_str::<&RawValue>(text) {
        // A text of JSON would be read as text, and null as no body.
        Ok(json) if !json.get().starts_with('"') && json.get() != "null" => {
            // Line ends stand only between values: within texts JSON escapes them.
            RawValue::from_string(json.get().replace(['\r', '\n', '\t'], " ")).ok()
        }
        _ => to_raw_value(text).ok(),
    }
}

/// The mock file of these entries: of the same request, all but the last answer once.
pub fn mock_file(mut entries: Vec<MockEntry>, secrets: &[String], job_ids: (&str, &str)) -> String {
    let request = |entry: &MockEntry| serde_json::to_string(&entry.request).unwrap_or_default();
    let requests: Vec<_> = entries.iter().map(request).collect();
    for (index, entry) in entries.iter_mut().enumerate() {
        if entry.times.is_none() && requests[index + 1..].contains(&requests[index]) {
            entry.times = Some(1);
        }
    }
    let lines: Vec<_> = entries.iter().filter_map(|entry| serde_json::to_string(entry).ok()).collect();
    let (sent, written) = job_ids;
    let text = format!("[\n  {}\n]\n", lines.join(",\n  ")).replace(sent, written);
    let secrets = secrets.iter().filter(|secret| !secret.is_empty());
    secrets.fold(text, |text, secret| text.replace(secret.as_str(), HIDDEN))
}

#[cfg(test)]
mod tests {
    use super::super::mock::Mocks;
    use super::*;

    fn recorded(url: &str, body: &[u8], answer: &[u8]) -> MockEntry {
        let response = http::Response::builder()
            .status(201)
            .header("content-type", "text/x")
            .header("set-cookie", "id=7")
            .header("x-api-key", "k")
            .header("date", "today")
            .body(())
            .unwrap();
        entry(Request { method: "POST", url, body }, &response.into_parts().0, answer)
    }

    #[test]
    fn what_may_be_secret_is_left_out() {
        let entries = vec![recorded("https://a/", b"{}", br#"{"of":"job-7","key":"sk_1"}"#)];
        let file = mock_file(entries, &["sk_1".to_owned()], ("job-7", "job-0"));
        for gone in ["sk_1", "cookie", "api-key", "today", "job-7"] {
            assert!(!file.contains(gone), "{gone}: {file}");
        }
        assert!(file.contains("text/x") && file.contains("job-0") && file.contains(HIDDEN), "{file}");
    }

    #[test]
    fn a_recorded_file_is_a_mock_file_that_gives_the_answers_again() {
        let answers: [&[u8]; 5] = [b"", b"text", b"\"json\"", b"{\"a\": 1.50}", b"\xff\0"];
        let entries: Vec<_> = answers.iter().map(|answer| recorded("https://a/", b"null", answer)).collect();
        let mocks = Mocks::parse(&mock_file(entries, &[], ("x", "x"))).unwrap();
        let times: Vec<_> = mocks.entries().map(|entry| entry.times).collect();
        assert_eq!(times, [Some(1), Some(1), Some(1), Some(1), None]);
        let bodies: Vec<_> = mocks
            .entries()
            .map(|entry| {
                let response = entry.response.as_ref().unwrap();
                response.body.as_ref().map(|body| body.get().to_owned()).or(response.body_base64.clone())
            })
            .collect();
        let expected =
            [None, Some("\"text\""), Some("\"\\\"json\\\"\""), Some("{\"a\": 1.50}"), Some("/wA=")];
        assert_eq!(bodies, expected.map(|body| body.map(str::to_owned)));
    }
}
