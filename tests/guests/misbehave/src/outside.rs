//! Tasks that reach for what was granted: requests and configuration.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use taskbox_task::{Job, Task, TaskError, http};

pub fn tasks() -> Vec<Task> {
    vec![
        Task::without_schemas("fetch", fetch).description("Sends a request and returns the answer"),
        Task::without_schemas("config", read_config).description("Returns a configuration value"),
    ]
}

#[derive(Deserialize)]
struct Request {
    url: String,
    method: Option<String>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    /// By header, the name of the configuration value that it gets as a bearer token.
    #[serde(default)]
    bearers: BTreeMap<String, String>,
    #[serde(default)]
    body: String,
    timeout_ms: Option<u64>,
}

#[derive(Serialize)]
struct Response {
    status: u16,
    headers: BTreeMap<String, String>,
    body: String,
}

/// Takes `{url, method?, headers?, bearers?, body?, timeout_ms?}`; gives `{status, headers, body}`. What keeps
/// an answer from arriving ends the attempt with `<kind>: <detail>`, for good unless a retry makes sense.
#[inline(never)]
fn fetch(job: &Job, input: Request) -> Result<Response, TaskError> {
    let method = input.method.unwrap_or_else(|| "GET".into());
    let mut request = job.http().request(method, input.url).body(input.body);
    for (name, value) in input.headers {
        request = request.header(name, value);
    }
    for (header, name) in input.bearers {
        request = request.header(header, format!("Bearer {}", job.secret(&name)?));
    }
    if let Some(ms) = input.timeout_ms {
        request = request.timeout(Duration::from_millis(ms));
    }
    let response = request.send().map_err(failed)?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let headers = response.headers().iter();
    Ok(Response {
        status: response.status(),
        headers: headers.map(|(name, value)| (name.clone(), text(value))).collect(),
        body: text(response.body()),
    })
}

fn failed(error: http::Error) -> TaskError {
    let message = format!("{}: {error}", kind_of(&error));
    if error.is_retryable() { TaskError::retryable(message) } else { TaskError::permanent(message) }
}

/// One word for what went wrong, for a test to look at.
fn kind_of(error: &http::Error) -> &'static str {
    match error {
        http::Error::Invalid(_) => "invalid",
        http::Error::Denied(_) => "denied",
        http::Error::Connect(_) => "connect",
        http::Error::Timeout(_) => "timeout",
        http::Error::Broken(_) => "broken",
        http::Error::TooLarge(_) => "too-large",
        http::Error::Unreadable(_) => "unreadable",
        _ => "unknown",
    }
}

#[derive(Deserialize)]
struct Name {
    name: String,
}

/// Takes `{name}`; gives the value as a text, or null.
fn read_config(job: &Job, input: Name) -> Result<Option<String>, TaskError> {
    job.optional_config(&input.name)
}
