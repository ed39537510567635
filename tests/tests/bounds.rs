//! Tokens that are bound to queues and tasks, and the rates of requests.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use taskbox::domain::Digest;
use taskbox_tests::host::TestHost;
use tempfile::TempDir;

struct Bound {
    host: TestHost,
    _data: TempDir,
}

/// A token of the settings, bound to these queues and tasks.
fn token(name: &str, scopes: &[&str], queues: &[&str], tasks: &[&str]) -> String {
    let digest = Digest::of(name.as_bytes());
    format!(
        "[[tokens]]\nname = {name:?}\ndigest = \"{digest}\"\nscopes = {scopes:?}\nqueues = {queues:?}\ntasks = {tasks:?}\n"
    )
}

impl Bound {
    async fn start(settings: &str) -> Self {
        let data = tempfile::tempdir().unwrap();
        Self { host: TestHost::start_with(data.path(), settings).await, _data: data }
    }

    async fn call(&self, secret: &str, method: Method, path: &str, body: Value) -> (StatusCode, Value) {
        let request = self.host.request(method, path).bearer_auth(secret);
        let request = if body.is_null() { request } else { request.json(&body) };
        let answer = request.send().await.unwrap();
        let status = answer.status();
        (status, serde_json::from_str(&answer.text().await.unwrap()).unwrap_or_default())
    }

    async fn get(&self, secret: &str, path: &str) -> (StatusCode, Value) {
        self.call(secret, Method::GET, path, Value::Null).await
    }

    async fn submit(&self, secret: &str, queue: &str, task: &str) -> (StatusCode, Value) {
        self.call(secret, Method::POST, "/v1/jobs", job(queue, task)).await
    }
}

fn job(queue: &str, task: &str) -> Value {
    json!({ "task": task, "queue": queue, "input": { "card": 1 }, "delay": "1h", "allow_unknown_task": true })
}

fn settings() -> String {
    [
        token("boss", &["submit", "operate"], &[], &[]),
        token("mail", &["submit", "read", "queues", "jobs:cancel", "jobs:delete"], &["mail"], &[]),
        token("sender", &["submit", "read"], &[], &["mail.*"]),
    ]
    .concat()
}

#[tokio::test]
async fn a_bound_token_submits_only_within_its_bounds() {
    let bound = Bound::start(&settings()).await;
    assert_eq!(bound.submit("mail", "mail", "anything").await.0, StatusCode::ACCEPTED);
    let (status, problem) = bound.submit("mail", "sms", "anything").await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (StatusCode::FORBIDDEN, &json!("/queue")));
    assert_eq!(bound.submit("sender", "sms", "mail.send").await.0, StatusCode::ACCEPTED);
    let batch = json!({ "jobs": [job("mail", "mail.send"), job("mail", "drop")] });
    let (status, problem) = bound.call("sender", Method::POST, "/v1/jobs/batch", batch).await;
    assert_eq!((status, &problem["errors"][0]["pointer"]), (StatusCode::FORBIDDEN, &json!("/jobs/1/task")));
    let order = json!({ "user_id": "u", "payment_intent_id": "pi" });
    assert_eq!(bound.call("mail", Method::POST, "/v1/orders", order).await.0, StatusCode::FORBIDDEN);
    assert_eq!(bound.get("boss", "/v1/jobs").await.1["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_bound_token_sees_and_acts_only_within_its_bounds() {
    let bound = Bound::start(&settings()).await;
    let id = async |queue: &str| {
        bound.submit("boss", queue, "mail.send").await.1["id"].as_str().unwrap().to_owned()
    };
    let (within, beyond) = (id("mail").await, id("sms").await);
    let shown =
        async |secret: &str, id: &str| bound.get(secret, &format!("/v1/jobs/{id}")).await.1["input"].clone();
    assert_eq!(shown("mail", &within).await, json!({ "card": 1 }));
    assert_eq!(shown("mail", &beyond).await, Value::Null);
    for path in ["logs", "events", "submitted"] {
        assert_eq!(
            bound.get("mail", &format!("/v1/jobs/{beyond}/{path}")).await.0,
            StatusCode::FORBIDDEN,
            "{path}"
        );
    }
    let list = bound.get("mail", "/v1/jobs").await.1;
    let ids: Vec<_> = list["items"].as_array().unwrap().iter().map(|job| &job["id"]).collect();
    assert_eq!(ids, [&json!(within)]);
    assert_eq!(bound.get("mail", "/v1/jobs?queue=sms").await.0, StatusCode::FORBIDDEN);
    assert_eq!(bound.get("sender", "/v1/jobs").await.0, StatusCode::FORBIDDEN, "it must name a task");
    let list = bound.get("sender", "/v1/jobs?task=mail.send").await.1;
    assert_eq!(list["items"].as_array().unwrap().len(), 2);

    for (method, path) in [(Method::POST, "/cancel"), (Method::DELETE, "")] {
        let path = format!("/v1/jobs/{beyond}{path}");
        assert_eq!(bound.call("mail", method, &path, Value::Null).await.0, StatusCode::FORBIDDEN, "{path}");
    }
    let bulk = |filter: Value| json!({ "action": "cancel", "filter": filter });
    for filter in
        [json!({ "task": "mail.send" }), json!({ "queue": "sms" }), json!({ "ids": [within, beyond] })]
    {
        let (status, _) = bound.call("mail", Method::POST, "/v1/jobs/bulk", bulk(filter.clone())).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{filter}");
    }
    let (status, done) =
        bound.call("mail", Method::POST, "/v1/jobs/bulk", bulk(json!({ "queue": "mail" }))).await;
    assert_eq!((status, done), (StatusCode::OK, json!({ "matched": 1, "changed": 1 })));
    assert_eq!(bound.get("boss", &format!("/v1/jobs/{beyond}")).await.1["state"], "scheduled");

    let pause = json!({ "paused": true });
    assert_eq!(bound.call("mail", Method::PUT, "/v1/queues/mail", pause.clone()).await.0, StatusCode::OK);
    assert_eq!(bound.call("mail", Method::PUT, "/v1/queues/sms", pause).await.0, StatusCode::FORBIDDEN);
    let queues = bound.get("mail", "/v1/queues").await.1;
    assert_eq!(queues["items"].as_array().unwrap().len(), 1, "{queues}");
    for path in ["/v1/plugins", "/v1/tasks", "/v1/orders", "/v1/schedules", "/", "/metrics"] {
        assert_eq!(bound.get("mail", path).await.0, StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test]
async fn a_token_sends_no_more_than_its_rate() {
    let limits = "rate_per_token = \"3/1h\"\n";
    let bound = Bound::start(&format!("{limits}{}", settings())).await;
    let status = async |secret: &str| bound.get(secret, "/v1/queues").await.0;
    for _ in 0..3 {
        assert_eq!(status("boss").await, StatusCode::OK);
    }
    let refused = bound.host.request(Method::GET, "/v1/queues").bearer_auth("boss").send().await.unwrap();
    assert_eq!(refused.status(), StatusCode::TOO_MANY_REQUESTS);
    let wait: u64 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=1_201).contains(&wait), "{wait}");
    assert_eq!(status("mail").await, StatusCode::OK, "another token has a rate of its own");
}

#[tokio::test]
async fn an_address_sends_no_more_than_its_rate_also_without_a_token() {
    let bound = Bound::start("rate_per_address = \"2/1h\"\nproxies = \"127.0.0.1\"").await;
    let status = async |from: &str| {
        let request = bound.host.request(Method::POST, "/v1/events?key=x").header("x-forwarded-for", from);
        request.json(&json!(1)).send().await.unwrap().status()
    };
    for _ in 0..2 {
        assert_eq!(status("203.0.113.1").await, StatusCode::NOT_FOUND);
    }
    assert_eq!(status("203.0.113.1").await, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(status("203.0.113.2").await, StatusCode::NOT_FOUND);
}
