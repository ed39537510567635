//! A repeated `Idempotency-Key` returns the first response again, whatever happened since.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use taskbox::clock::SystemClock;
use taskbox::ports::Clock;
use taskbox_tests::binaries;
use taskbox_tests::host::TestHost;

/// A request under a key, and its first answer.
struct Sent {
    path: &'static str,
    key: &'static str,
    body: Value,
    first: Value,
}

impl Sent {
    /// Sends it for the first time.
    async fn new(host: &TestHost, path: &'static str, key: &'static str, body: Value) -> Self {
        let (_, replayed, first) = send(host, path, key, &body).await;
        assert!(!replayed, "{first}");
        Self { path, key, body, first }
    }

    /// Sends it again.
    async fn assert_replays(&self, host: &TestHost) {
        let (status, replayed, again) = send(host, self.path, self.key, &self.body).await;
        assert_eq!((status, replayed, &again), (StatusCode::OK, true, &self.first));
    }
}

async fn send(host: &TestHost, path: &str, key: &str, body: &Value) -> (StatusCode, bool, Value) {
    let request = host.request(Method::POST, path).header("idempotency-key", key).json(body);
    let response = request.send().await.expect("the host answers");
    let replayed = response.headers().get("idempotent-replayed").is_some_and(|value| value == "true");
    (response.status(), replayed, response.json().await.expect("the answer is JSON"))
}

/// A job that no plugin will run, due in an hour.
fn job(more: Value) -> Value {
    let mut job = json!({ "task": "nobody", "allow_unknown_task": true, "delay": "1h" });
    let (Some(fields), Value::Object(more)) = (job.as_object_mut(), more) else {
        panic!("these are objects")
    };
    fields.extend(more);
    job
}

async fn act(host: &TestHost, job: &Value, action: &str) {
    let path = format!("/v1/jobs/{}", job["id"].as_str().expect("a job has an id"));
    let (status, answer) = match action {
        "delete" => host.call(Method::DELETE, &path, None).await,
        action => host.call(Method::POST, &format!("{path}/{action}"), Some(&json!({}))).await,
    };
    assert!(status.is_success(), "{action} {path}: {status} {answer}");
}

#[tokio::test]
async fn a_job_is_answered_as_it_was_when_it_was_changed_replaced_or_deleted() {
    let data = tempfile::tempdir().unwrap();
    let host = TestHost::start(data.path(), &[]).await;
    let plain = Sent::new(&host, "/v1/jobs", "plain", job(json!({ "input": [1.50] }))).await;
    let unique = json!({ "key": "k", "on_conflict": "replace" });
    let replaced =
        Sent::new(&host, "/v1/jobs", "replaced", job(json!({ "input": "old", "unique": unique }))).await;
    let replacing =
        Sent::new(&host, "/v1/jobs", "replacing", job(json!({ "input": "new", "unique": unique }))).await;
    assert_eq!(
        (&replacing.first["id"], &replacing.first["duplicate"]),
        (&replaced.first["id"], &json!(true))
    );
    let parent = host.post("/v1/jobs", &job(json!({}))).await;
    act(&host, &parent, "cancel").await;
    let after = json!({ "task": "nobody", "allow_unknown_task": true, "after": [parent["id"]] });
    let child = Sent::new(&host, "/v1/jobs", "child", after).await;
    assert_eq!((&child.first["state"], &child.first["waits_for"]), (&json!("discarded"), &json!(0)));
    assert_eq!(child.first["errors"][0]["kind"], json!("parent-failed"));

    let all = [&plain, &replaced, &replacing, &child];
    act(&host, &plain.first, "cancel").await;
    act(&host, &child.first, "retry").await;
    for sent in all {
        sent.assert_replays(&host).await;
    }
    act(&host, &plain.first, "delete").await;
    act(&host, &replacing.first, "delete").await;
    host.kill().await;
    let host = TestHost::start(data.path(), &[]).await;
    for sent in all {
        sent.assert_replays(&host).await;
    }
}

#[tokio::test]
async fn a_batch_is_answered_as_it_was_with_its_callback_and_its_duplicates() {
    let data = tempfile::tempdir().unwrap();
    let host = TestHost::start(data.path(), &[]).await;
    let unique = json!({ "key": "k" });
    let there = host.post("/v1/jobs", &job(json!({ "unique": unique }))).await;
    let jobs = json!([job(json!({ "unique": unique })), job(json!({ "input": 2 }))]);
    let body = json!({ "jobs": jobs, "callback": { "task": "nobody", "allow_unknown_task": true } });
    let sent = Sent::new(&host, "/v1/jobs/batch", "batch", body).await;
    let items = &sent.first["items"];
    assert_eq!((&items[0]["id"], &items[0]["duplicate"]), (&there["id"], &json!(true)));
    assert_eq!(sent.first["callback"]["waits_for"], json!(2));
    act(&host, &items[1], "delete").await;
    act(&host, &items[0], "cancel").await;
    act(&host, &sent.first["callback"], "delete").await;
    sent.assert_replays(&host).await;
}

#[tokio::test]
async fn an_order_is_answered_as_it_was_placed_when_its_job_is_gone() {
    let data = tempfile::tempdir().unwrap();
    let host = TestHost::start(data.path(), &[]).await;
    host.upload("create-order", binaries::plugin("create-order")).await;
    host.put("/v1/queues/default", &json!({ "paused": true })).await;
    let body = json!({ "user_id": "u", "payment_intent_id": "pi_1" });
    let order = Sent::new(&host, "/v1/orders", "order", body).await;
    act(&host, &json!({ "id": order.first["job_id"] }), "delete").await;
    order.assert_replays(&host).await;
    let shown = host.get(&format!("/v1/orders/{}", order.first["id"].as_str().unwrap())).await;
    assert_eq!((&shown["status"], &order.first["status"]), (&json!("cancelled"), &json!("loading")));
}

#[tokio::test]
async fn a_job_that_has_expired_is_answered_as_it_was() {
    let data = tempfile::tempdir().unwrap();
    let host = TestHost::start(data.path(), &[]).await;
    let soon = SystemClock.now().plus(Duration::from_secs(4)).to_string();
    let body = json!({ "task": "nobody", "allow_unknown_task": true, "expires_at": soon });
    let batch = json!({ "jobs": [&body, &body] });
    let sent = Sent::new(&host, "/v1/jobs", "expires", body).await;
    let sent_batch = Sent::new(&host, "/v1/jobs/batch", "expires", batch).await;
    assert_eq!(sent.first["held_by"], json!("unknown-task"));
    let expired = host.wait_final(sent.first["id"].as_str().unwrap()).await;
    assert_eq!(expired["state"], json!("discarded"));
    sent.assert_replays(&host).await;
    sent_batch.assert_replays(&host).await;
}

async fn delete(host: &TestHost, path: &str) {
    let (status, answer) = host.call(Method::DELETE, path, None).await;
    assert!(status.is_success(), "DELETE {path}: {status} {answer}");
}

#[tokio::test]
async fn a_job_is_answered_as_it_was_when_its_plugin_is_gone() {
    let data = tempfile::tempdir().unwrap();
    let host = TestHost::start(data.path(), &[]).await;
    host.upload("misbehave", binaries::plugin("misbehave")).await;
    let job = json!({ "task": "echo", "delay": "1h" });
    let sent = Sent::new(&host, "/v1/jobs", "job", job.clone()).await;
    let sent_batch = Sent::new(&host, "/v1/jobs/batch", "batch", json!({ "jobs": [&job] })).await;
    delete(&host, "/v1/plugins/misbehave").await;
    // The task is unknown now, which is not in the first response.
    assert_eq!(send(&host, "/v1/jobs", "another", &job).await.0, StatusCode::UNPROCESSABLE_ENTITY);
    sent.assert_replays(&host).await;
    sent_batch.assert_replays(&host).await;
    // The same key for something else is still refused for that.
    let (status, _, problem) = send(&host, "/v1/jobs", "job", &json!({ "task": "echo" })).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(problem["type"], json!("urn:taskbox:problem:key-reused"));
}

#[tokio::test]
async fn an_order_is_answered_as_it_was_when_its_plugin_is_gone() {
    let data = tempfile::tempdir().unwrap();
    let host = TestHost::start(data.path(), &[]).await;
    host.upload("create-order", binaries::plugin("create-order")).await;
    host.put("/v1/queues/default", &json!({ "paused": true })).await;
    let body = json!({ "user_id": "u", "payment_intent_id": "pi_1" });
    let order = Sent::new(&host, "/v1/orders", "order", body.clone()).await;
    delete(&host, "/v1/plugins/create-order").await;
    assert_eq!(send(&host, "/v1/orders", "another", &body).await.0, StatusCode::SERVICE_UNAVAILABLE);
    order.assert_replays(&host).await;
}

#[tokio::test]
async fn what_is_told_by_a_webhook_is_answered_as_it_was_when_the_key_is_gone() {
    let data = tempfile::tempdir().unwrap();
    let host = TestHost::start(data.path(), &[]).await;
    let key = format!("whsec_{}", STANDARD.encode([7; 32]));
    host.put("/v1/secrets/webhook-key", &json!({ "value": key })).await;
    host.upload("create-order", binaries::plugin("create-order")).await;
    host.put("/v1/queues/default", &json!({ "paused": true })).await;
    let url = "https://shop.example/hooks";
    let job = Sent::new(&host, "/v1/jobs", "job", job(json!({ "callback_url": url }))).await;
    let body = json!({ "user_id": "u", "payment_intent_id": "pi_1", "callback_url": url });
    let order = Sent::new(&host, "/v1/orders", "order", body).await;
    delete(&host, "/v1/secrets/webhook-key").await;
    let (status, _, problem) = send(&host, "/v1/jobs", "another", &job.body).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    job.assert_replays(&host).await;
    order.assert_replays(&host).await;
}

#[tokio::test]
async fn a_retry_lifts_the_expiry_and_says_so() {
    let data = tempfile::tempdir().unwrap();
    let host = TestHost::start(data.path(), &[]).await;
    let submitted = host.post("/v1/jobs", &job(json!({ "expires_at": "2999-01-01T00:00:00Z" }))).await;
    assert_eq!(submitted["expires_at"], json!("2999-01-01T00:00:00.000Z"));
    act(&host, &submitted, "retry").await;
    let shown = host.get(&format!("/v1/jobs/{}", submitted["id"].as_str().unwrap())).await;
    assert_eq!(shown["expires_at"], json!(null));
}
