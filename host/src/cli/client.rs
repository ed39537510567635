//! Talks to a running host over HTTP, as everybody does.

use anyhow::{Context, bail};
use serde_json::Value;

/// A client of one host.
pub(super) struct Client {
    http: reqwest::Client,
    base: String,
}

impl Client {
    /// A client of the host at this URL, such as `http://127.0.0.1:8080`.
    pub(super) fn new(base: impl Into<String>) -> anyhow::Result<Self> {
        let http = reqwest::Client::builder().no_proxy().build().context("cannot set up HTTP")?;
        Ok(Self { http, base: base.into() })
    }

    /// `PUT` of a JSON value.
    pub(super) async fn put_json(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        self.answer(path, self.http.put(self.url(path)).json(body)).await
    }

    /// `PUT` of bytes.
    pub(super) async fn put_bytes(&self, path: &str, body: Vec<u8>) -> anyhow::Result<Value> {
        let request = self.http.put(self.url(path)).header("content-type", "application/wasm").body(body);
        self.answer(path, request).await
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    async fn answer(&self, path: &str, request: reqwest::RequestBuilder) -> anyhow::Result<Value> {
        let response = request.send().await.with_context(|| format!("cannot reach {}", self.base))?;
        let status = response.status();
        let text = response.text().await.with_context(|| format!("{path}: the answer broke off"))?;
        let body: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
        if !status.is_success() {
            bail!("{path}: {}", problem_text(&body).unwrap_or_else(|| format!("the host answered {status}")));
        }
        Ok(body)
    }
}

/// The words of a problem (RFC 9457), its field errors included.
fn problem_text(body: &Value) -> Option<String> {
    let detail = body.get("detail").or_else(|| body.get("title"))?.as_str()?;
    let errors = body.get("errors").and_then(Value::as_array).into_iter().flatten();
    let lines = errors.filter_map(|error| {
        let place = error.get("pointer").or_else(|| error.get("parameter"))?.as_str()?;
        Some(format!("\n  {place}: {}", error.get("detail")?.as_str()?))
    });
    Some(format!("{detail}{}", lines.collect::<String>()))
}
