//! The request of a job that a form makes: as JSON, as a `curl` line, and as a line for `taskbox`.

use std::fmt::Write as _;

use serde_json::Value as Any;

/// The options of a job as they were written into the form, each empty if it is left to the defaults.
#[derive(Clone, Default, Debug)]
pub(super) struct Options {
    pub(super) queue: String,
    pub(super) priority: String,
    pub(super) delay: String,
    pub(super) max_attempts: String,
    /// Tags with commas between them.
    pub(super) tags: String,
    pub(super) label: String,
    pub(super) unique_key: String,
}

impl Options {
    /// The members of the request, each with its JSON.
    fn members(&self) -> Vec<(&'static str, String)> {
        let text = |text: &str| Any::from(text).to_string();
        let member = |name, written: &str, json: fn(&str) -> String| {
            let written = written.trim();
            (!written.is_empty()).then(|| (name, json(written)))
        };
        let as_text: fn(&str) -> String = |text| Any::from(text).to_string();
        // What is no number is refused where it is read, with its place.
        let as_number: fn(&str) -> String = |text| {
            text.parse::<i64>().map_or_else(|_| Any::from(text).to_string(), |number| number.to_string())
        };
        let tags: Vec<_> = self.tags().map(text).collect();
        let unique = |key: &str| format!("{{\"key\":{}}}", Any::from(key));
        [
            member("queue", &self.queue, as_text),
            member("priority", &self.priority, as_number),
            member("delay", &self.delay, as_text),
            member("max_attempts", &self.max_attempts, as_number),
            (!tags.is_empty()).then(|| ("tags", format!("[{}]", tags.join(",")))),
            member("label", &self.label, as_text),
            member("unique", &self.unique_key, unique),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn tags(&self) -> impl Iterator<Item = &str> {
        self.tags.split(',').map(str::trim).filter(|tag| !tag.is_empty())
    }
}

/// The body of `POST /v1/jobs`. The input is JSON, as it was written.
pub(super) fn body(task: &str, input: &str, options: &Options) -> String {
    let mut body = format!("{{\"task\":{},\"input\":{}", Any::from(task), or_null(input));
    for (name, json) in options.members() {
        let _ = write!(body, ",\"{name}\":{json}");
    }
    body.push('}');
    body
}

/// The `curl` line that submits a body.
pub(super) fn curl(base: &str, body: &str) -> String {
    format!("curl {base}/v1/jobs -H 'content-type: application/json' -d {}", quoted(body))
}

/// The `taskbox` line that submits the same job.
pub(super) fn command(task: &str, input: &str, options: &Options) -> String {
    let mut line = format!("taskbox job submit {} --input {}", quoted(task), quoted(or_null(input)));
    let flags = [
        ("queue", &options.queue),
        ("priority", &options.priority),
        ("delay", &options.delay),
        ("max-attempts", &options.max_attempts),
        ("label", &options.label),
        ("unique", &options.unique_key),
    ];
    for (flag, value) in flags.into_iter().filter(|(_, value)| !value.trim().is_empty()) {
        let _ = write!(line, " --{flag} {}", quoted(value.trim()));
    }
    for tag in options.tags() {
        let _ = write!(line, " --tag {}", quoted(tag));
    }
    line
}

fn or_null(input: &str) -> &str {
    if input.trim().is_empty() { "null" } else { input.trim() }
}

/// A text as one word of a POSIX shell.
fn quoted(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:".contains(&byte);
    if !text.is_empty() && text.bytes().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', "'\\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options() -> Options {
        Options { queue: "mail".into(), priority: " 5 ".into(), tags: "a, b c,".into(), ..Options::default() }
    }

    #[test]
    fn a_form_makes_the_body_of_a_request() {
        let body = body("report", "{\"n\":1.10}", &options());
        assert_eq!(
            body,
            r#"{"task":"report","input":{"n":1.10},"queue":"mail","priority":5,"tags":["a","b c"]}"#
        );
        assert_eq!(super::body("x", " ", &Options::default()), r#"{"task":"x","input":null}"#);
    }

    #[test]
    fn lines_are_quoted_for_a_shell() {
        let line = command("report", "{\"who\":\"it's\"}", &options());
        assert_eq!(
            line,
            r#"taskbox job submit report --input '{"who":"it'\''s"}' --queue mail --priority 5 --tag a --tag 'b c'"#
        );
        assert!(curl("http://localhost:8080", "{}").ends_with("-d '{}'"));
    }
}
