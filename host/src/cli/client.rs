//! The client of a running host, over the public HTTP API.

use anyhow::{Context, bail};
use clap::Args;
use reqwest::{Method, RequestBuilder, Response};
use serde::Serialize;

use super::answer::{Answer, Part};

/// The URL of a host with the default settings.
pub(super) const USUAL_HOST: &str = "http://127.0.0.1:8080";

/// The host to call, and the form of the output.
#[derive(Debug, Args)]
#[command(next_help_heading = "Connection and output")]
pub(super) struct Remote {
    /// URL of the host.
    #[arg(
        long,
        value_name = "URL",
        env = "TASKBOX_HOST",
        default_value = USUAL_HOST,
        global = true
    )]
    host: String,
    /// Access token. Prefer the variable TASKBOX_TOKEN, which other users of the machine cannot see.
    #[arg(long, value_name = "TOKEN", env = "TASKBOX_TOKEN", hide_env_values = true, global = true)]
    token: Option<String>,
    /// Print JSON instead of a table.
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
        let program = concat!("taskbox/", env!("CARGO_PKG_VERSION"));
        let http = reqwest::Client::builder()
            .no_proxy()
            .user_agent(program)
            .build()
            .context("cannot set up HTTP")?;
        Ok(Self { http, base: base.into(), token: None })
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

    /// Sends the request. A refusal becomes an error with the detail that the host gave.
    pub(super) async fn send(&self, request: RequestBuilder) -> anyhow::Result<Response> {
        let response = request.send().await.with_context(|| {
            format!("cannot reach {}; is a host running there? Select another with --host", self.base)
        })?;
        let status = response.status();
        if status.is_success() {
            return Ok(response);
        }
        let problem = response.text().await.ok().and_then(|text| Answer::parse(text).ok());
        let words = problem.as_ref().and_then(problem_text);
        bail!(words.unwrap_or_else(|| format!("the host responded with {status}")))
    }
}

async fn answer(response: Response) -> anyhow::Result<Answer> {
    let text = response.text().await.context("the connection broke within the response")?;
    Answer::parse(text).context("the response is not JSON; is this a Taskbox host?")
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
