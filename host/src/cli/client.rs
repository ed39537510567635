//! Talks to a running host over HTTP, as everybody does.

use std::mem;

use anyhow::{Context, bail};
use clap::Args;
use futures::StreamExt;
use reqwest::{Method, RequestBuilder, Response};
use serde_json::Value;

/// Which host to talk to, and how.
#[derive(Debug, Args)]
pub(super) struct Remote {
    /// The host to talk to.
    #[arg(
        long,
        value_name = "URL",
        env = "TASKBOX_HOST",
        default_value = "http://127.0.0.1:8080",
        global = true
    )]
    host: String,
    /// The token to show; better given as TASKBOX_TOKEN, which other users of the machine do not see.
    #[arg(long, value_name = "TOKEN", env = "TASKBOX_TOKEN", hide_env_values = true, global = true)]
    token: Option<String>,
    /// Print JSON for programs instead of a table for people.
    #[arg(long, global = true)]
    pub(super) json: bool,
}

impl Remote {
    /// A client of that host.
    pub(super) fn client(&self) -> anyhow::Result<Client> {
        let client = Client::new(self.host.trim_end_matches('/'))?;
        Ok(Client { token: self.token.clone(), ..client })
    }
}

/// A client of one host.
pub(super) struct Client {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
}

impl Client {
    /// A client of the host at this URL, such as `http://127.0.0.1:8080`.
    pub(super) fn new(base: impl Into<String>) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder().no_proxy().build().context("cannot set up HTTP")?;
        Ok(Self { http, base: base.into(), token: None })
    }

    /// `GET`.
    pub(super) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        json(self.send(self.request(Method::GET, path)).await?).await
    }

    /// `POST` of a JSON value.
    pub(super) async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        json(self.send(self.request(Method::POST, path).json(body)).await?).await
    }

    /// `PUT` of a JSON value.
    pub(super) async fn put(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        json(self.send(self.request(Method::PUT, path).json(body)).await?).await
    }

    /// `PUT` of bytes.
    pub(super) async fn put_bytes(&self, path: &str, body: Vec<u8>) -> anyhow::Result<Value> {
        let request = self.request(Method::PUT, path).header("content-type", "application/wasm").body(body);
        json(self.send(request).await?).await
    }

    /// `DELETE`.
    pub(super) async fn delete(&self, path: &str) -> anyhow::Result<()> {
        self.send(self.request(Method::DELETE, path)).await.map(|_| ())
    }

    /// Hands every server-sent event of a stream, its name and its data, to `see`, until the host ends it.
    pub(super) async fn watch(&self, path: &str, mut see: impl FnMut(&str, Value)) -> anyhow::Result<()> {
        let mut chunks = self.send(self.request(Method::GET, path)).await?.bytes_stream();
        let mut events = Events::default();
        while let Some(chunk) = chunks.next().await {
            events.unread.extend_from_slice(&chunk.context("the stream broke off")?);
            while let Some((name, data)) = events.next() {
                see(&name, serde_json::from_str(&data).context("the stream is not JSON")?);
            }
        }
        Ok(())
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Sends, and turns a refusal into an error with the host's own words.
    async fn send(&self, request: RequestBuilder) -> anyhow::Result<Response> {
        let response = request.send().await.with_context(|| {
            format!("cannot reach {}; is a host running there? Name another with --host", self.base)
        })?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let problem: Value = response.json().await.unwrap_or(Value::Null);
        bail!(problem_text(&problem).unwrap_or_else(|| format!("the host answered {status}")))
    }
}

/// Server-sent events out of bytes as they come.
#[derive(Default)]
struct Events {
    unread: Vec<u8>,
    name: String,
    data: Vec<String>,
}

impl Events {
    /// The next event that is whole: its name and its data.
    fn next(&mut self) -> Option<(String, String)> {
        while let Some(end) = self.unread.iter().position(|byte| *byte == b'\n') {
            let line = String::from_utf8_lossy(&self.unread[..end]).trim_end().to_owned();
            self.unread.drain(..=end);
            if let Some(name) = line.strip_prefix("event:") {
                name.trim().clone_into(&mut self.name);
            } else if let Some(data) = line.strip_prefix("data:") {
                self.data.push(data.trim_start().to_owned());
            } else if line.is_empty() {
                // Only the empty line ends an event: its data may stand in several lines.
                let (name, data) = (mem::take(&mut self.name), mem::take(&mut self.data));
                if !data.is_empty() {
                    return Some((name, data.join("\n")));
                }
            }
        }
        None
    }
}

/// What watching came to, for a script to go on or not: only what completed is a success.
pub(super) fn watched(what: &str, state: &str) -> anyhow::Result<()> {
    match state {
        "completed" => Ok(()),
        "failed" | "discarded" | "cancelled" => bail!("the {what} was not completed: it is {state}"),
        _ => bail!("the stream ended before the {what} was final; watch it again"),
    }
}

async fn json(response: Response) -> anyhow::Result<Value> {
    let text = response.text().await.context("the answer broke off")?;
    if text.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_str(&text).context("the answer is not JSON; is this a Taskbox host?")
}

/// The words of a problem (RFC 9457), its field errors included.
fn problem_text(problem: &Value) -> Option<String> {
    let detail = problem.get("detail").or_else(|| problem.get("title"))?.as_str()?;
    let errors = problem.get("errors").and_then(Value::as_array).into_iter().flatten();
    let lines = errors.filter_map(|error| {
        let place = error.get("pointer").or_else(|| error.get("parameter"))?.as_str()?;
        let wrong = error.get("detail")?.as_str()?;
        // A single error is the detail itself.
        (!detail.contains(wrong)).then(|| format!("\n  {place}: {wrong}"))
    });
    Some(format!("{detail}{}", lines.collect::<String>()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_problem_is_told_with_every_field() {
        let problem =
            json!({ "title": "t", "detail": "no", "errors": [{ "pointer": "/a", "detail": "must be b" }] });
        assert_eq!(problem_text(&problem).unwrap(), "no\n  /a: must be b");
        assert_eq!(problem_text(&json!({})), None);
    }

    #[test]
    fn an_event_is_whole_at_its_empty_line() {
        let mut events = Events::default();
        events.unread.extend_from_slice(b": hello\n\nevent: state\r\ndata: {\ndata: }\n");
        assert_eq!(events.next(), None);
        events.unread.extend_from_slice(b"\ndata:1\n\n");
        assert_eq!(events.next(), Some(("state".to_owned(), "{\n}".to_owned())));
        assert_eq!(events.next(), Some((String::new(), "1".to_owned())));
        assert_eq!(events.next(), None);
    }

    #[test]
    fn only_what_completed_was_watched_with_success() {
        assert!(watched("job", "completed").is_ok());
        for state in ["discarded", "cancelled", "failed", "loading", ""] {
            assert!(watched("job", state).is_err(), "{state}");
        }
    }
}
