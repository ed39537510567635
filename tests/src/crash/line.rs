//! A caller's line to a host, which may break off at any moment.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::host::TestHost;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// The most rows of a list: more than any test makes.
const ROWS_MAX: usize = 1_000_000;

/// What the host answered.
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Whether it is the answer to an earlier request of the same key.
    pub replayed: bool,
    /// The body, or null.
    pub body: Value,
}

/// A line to one host.
#[derive(Clone)]
pub struct Line {
    client: reqwest::Client,
    url: String,
}

impl Line {
    /// A line to this host.
    pub fn to(host: &TestHost) -> Self {
        let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build().expect("a client");
        Self { client, url: host.url.clone() }
    }

    /// Asks. `None` when the line broke off: then nobody knows whether the host did it.
    pub async fn ask(&self, method: Method, path: &str, body: &Value, key: Option<&str>) -> Option<Answer> {
        let request = self.client.request(method.clone(), format!("{}{path}", self.url));
        let request = if body.is_null() { request } else { request.json(body) };
        let request = key.into_iter().fold(request, |request, key| request.header("idempotency-key", key));
        let answered = async {
            let response = request.send().await?;
            let replayed = response.headers().contains_key("idempotent-replayed");
            Ok::<_, reqwest::Error>((response.status(), replayed, response.text().await?))
        };
        match answered.await {
            Ok((status, replayed, text)) => {
                let body = serde_json::from_str(&text).unwrap_or_default();
                assert!(!status.is_server_error(), "{method} {path}: {status} {text}");
                Some(Answer { status, replayed, body })
            }
            Err(error) => {
                assert!(!error.is_timeout(), "{method} {path} was never answered");
                None
            }
        }
    }

    /// `GET` of something that is there.
    pub async fn get(&self, path: &str) -> Value {
        let answer = self.ask(Method::GET, path, &Value::Null, None).await.expect("the host is up");
        assert!(answer.status.is_success(), "GET {path}: {} {}", answer.status, answer.body);
        answer.body
    }

    /// All rows of a list, newest first.
    pub async fn list(&self, path: &str) -> Vec<Value> {
        let (mut rows, mut cursor) = (Vec::new(), String::new());
        loop {
            let mut page = self.get(&format!("{path}?limit=500{cursor}")).await;
            rows.append(page["items"].as_array_mut().expect("a list has items"));
            assert!(rows.len() <= ROWS_MAX, "{path} has no end");
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return rows,
            }
        }
    }
}
