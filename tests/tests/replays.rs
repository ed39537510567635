//! A repeated `Idempotency-Key` gives the first answer again, whatever happened since.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
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
async fn a_retry_lifts_the_expiry_and_says_so() {
    let data = tempfile::tempdir().unwrap();
    let host = TestHost::start(data.path(), &[]).await;
    let submitted = host.post("/v1/jobs", &job(json!({ "expires_at": "2999-01-01T00:00:00Z" }))).await;
    assert_eq!(submitted["expires_at"], json!("2999-01-01T00:00:00.000Z"));
    act(&host, &submitted, "retry").await;
    let shown = host.get(&format!("/v1/jobs/{}", submitted["id"].as_str().unwrap())).await;
    assert_eq!(shown["expires_at"], json!(null));
}
