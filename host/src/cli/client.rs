//! The client of a running host, over the public HTTP API.

use std::time::UNIX_EPOCH;

use anyhow::Context;
use reqwest::header::DATE;
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde::Serialize;

use super::answer::{Answer, Part};
use super::guard::Guard;
use crate::domain::Timestamp;

/// The URL of a host with the default settings.
pub(super) const USUAL_HOST: &str = "http://127.0.0.1:8080";

/// What to do about a missing or unknown token.
const TOKEN_HINT: &str = "Give a token by the variable TASKBOX_TOKEN, or keep one: taskbox context set NAME --host URL --keep-token";

/// What to do about a host that does not respond.
const HOST_HINT: &str =
    "Start one with `taskbox serve`, or select another with --host or `taskbox context use`";

/// The refusal of a request.
#[derive(Debug, thiserror::Error)]
#[error("{words}")]
pub(super) struct Refusal {
    words: String,
    /// The JSON pointers of the values that were wrong.
    pub(super) pointers: Vec<String>,
}

/// A client of one host.
pub(super) struct Client {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
    guard: Option<Guard>,
}

impl Client {
    /// A client of the host at this URL, such as `http://127.0.0.1:8080`.
    pub(super) fn new(base: impl Into<String>) -> anyhow::Result<Self> {
        let program = concat!("taskbox/", env!("CARGO_PKG_VERSION"));
        let http = reqwest::Client::builder()
            .no_proxy()
            .user_agent(program)
            .build()
            .context("cannot set up HTTP")?;
        Ok(Self { http, base: base.into(), token: None, guard: None })
    }

    /// The same client with an access token.
    pub(super) fn with_token(self, token: Option<String>) -> Self {
        Self { token, ..self }
    }

    /// The same client, which asks before it changes anything.
    pub(super) fn guarded(self, guard: Option<Guard>) -> Self {
        Self { guard, ..self }
    }

    /// The URL of the host.
    pub(super) fn base(&self) -> &str {
        &self.base
    }

    /// `GET`.
    pub(super) async fn get(&self, path: &str) -> anyhow::Result<Answer> {
        answer(self.send(self.request(Method::GET, path)).await?).await
    }

    /// `POST` of a JSON value.
    pub(super) async fn post(&self, path: &str, body: &impl Serialize) -> anyhow::Result<Answer> {
        answer(self.send(self.request(Method::POST, path).json(body)).await?).await
    }

    /// `PUT` of a JSON value.
    pub(super) async fn put(&self, path: &str, body: &impl Serialize) -> anyhow::Result<Answer> {
        answer(self.send(self.request(Method::PUT, path).json(body)).await?).await
    }

    /// `PUT` of bytes.
    pub(super) async fn put_bytes(&self, path: &str, body: Vec<u8>) -> anyhow::Result<Answer> {
        self.answer(self.request(Method::PUT, path).header("content-type", "application/wasm").body(body))
            .await
    }

    /// Sends the request and reads the answer.
    pub(super) async fn answer(&self, request: RequestBuilder) -> anyhow::Result<Answer> {
        answer(self.send(request).await?).await
    }

    /// `DELETE`.
    pub(super) async fn delete(&self, path: &str) -> anyhow::Result<()> {
        self.send(self.request(Method::DELETE, path)).await.map(|_| ())
    }

    /// A request of this client.
    pub(super) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Asks whether the host may be changed, if it is one in production. Each change asks by itself; one that draws on the
    /// terminal meanwhile asks before it draws.
    pub(super) async fn confirm_change(&self) -> anyhow::Result<()> {
        match &self.guard {
            Some(guard) => guard.pass(&self.base).await,
            None => Ok(()),
        }
    }

    /// Sends the request. A refusal becomes an error with the detail that the host gave.
    pub(super) async fn send(&self, request: RequestBuilder) -> anyhow::Result<Response> {
        let request = request.build().context("this request cannot be made")?;
        if request.method() != Method::GET {
            self.confirm_change().await?;
        }
        let response = self.http.execute(request).await.map_err(|error| self.unreachable(&error))?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let problem = response.text().await.ok().and_then(|text| Answer::parse(text).ok());
        let words = problem.as_ref().and_then(problem_text);
        let words = words.unwrap_or_else(|| format!("the host responded with {status}"));
        let words = match status {
            StatusCode::UNAUTHORIZED => format!("{words}\n{TOKEN_HINT}"),
            _ => words,
        };
        Err(Refusal { words, pointers: problem.as_ref().map(pointers).unwrap_or_default() }.into())
    }
}

/// The host does not respond.
#[derive(Debug, thiserror::Error)]
#[error("cannot reach {host}; is a host running there? {cause}\n{HOST_HINT}")]
pub(super) struct Unreachable {
    host: String,
    /// The innermost cause: those around it say the same in more words.
    cause: String,
}

impl Client {
    fn unreachable(&self, error: &reqwest::Error) -> Unreachable {
        let mut cause: &dyn std::error::Error = error;
        while let Some(source) = cause.source() {
            cause = source;
        }
        Unreachable { host: self.base.clone(), cause: cause.to_string() }
    }
}

async fn answer(response: Response) -> anyhow::Result<Answer> {
    let at = time_of(&response);
    let text = response.text().await.context("the connection broke within the response")?;
    let answer = Answer::parse(text).context("the response is not JSON; is this a Taskbox host?")?;
    Ok(answer.given_at(at))
}

/// The time of the host, by which times are relative: that of this machine may be another.
fn time_of(response: &Response) -> Option<Timestamp> {
    let date = response.headers().get(DATE)?.to_str().ok()?;
    let since_epoch = httpdate::parse_http_date(date).ok()?.duration_since(UNIX_EPOCH).ok()?;
    Some(Timestamp::from_millis(u64::try_from(since_epoch.as_millis()).ok()?))
}

fn pointers(problem: &Answer) -> Vec<String> {
    let errors = problem.at("/errors").map(Part::items).unwrap_or_default();
    errors.into_iter().filter_map(|error| error.get("pointer")?.str()).collect()
}

/// The text of a problem (RFC 9457), with its field errors.
fn problem_text(problem: &Answer) -> Option<String> {
    let detail = problem.str("detail").or_else(|| problem.str("title"))?;
    let errors = problem.at("/errors").map(Part::items).unwrap_or_default();
    let lines = errors.into_iter().filter_map(|error| {
        let place = error.get("pointer").or_else(|| error.get("parameter"))?.str()?;
        let wrong = error.get("detail")?.str()?;
        // A single error is the detail itself.
        (!detail.contains(&wrong)).then(|| format!("\n  {place}: {wrong}"))
    });
    Some(format!("{detail}{}", lines.collect::<String>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_problem_is_told_with_every_field() {
        let words = |problem: &str| problem_text(&Answer::parse(problem.to_owned()).unwrap());
        let problem =
            r#"{ "title": "t", "detail": "no", "errors": [{ "pointer": "/a", "detail": "must be b" }] }"#;
        assert_eq!(words(problem).unwrap(), "no\n  /a: must be b");
        assert_eq!(words("{}"), None);
    }
}
