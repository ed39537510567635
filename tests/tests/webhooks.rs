//! Signed messages about jobs and orders that are final, sent by the real host to a server of the test.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use reqwest::Method;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use taskbox_tests::binaries;
use taskbox_tests::host::{PATIENCE, TestHost};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

const SECRET: &[u8] = b"twenty-four random bytes";

/// The receiver: it responds with these statuses, one after the other, then with 204.
struct Receiver {
    url: String,
    messages: mpsc::UnboundedReceiver<(HeaderMap, String)>,
}

impl Receiver {
    async fn start(statuses: &[u16]) -> Self {
        let (sender, messages) = mpsc::unbounded_channel();
        let statuses = Arc::new(Mutex::new(statuses.iter().rev().copied().collect::<Vec<_>>()));
        let receive = move |request: Request| async move {
            let (parts, body) = request.into_parts();
            assert_eq!((parts.method.as_str(), parts.uri.path()), ("POST", "/hooks"));
            let body = axum::body::to_bytes(body, 1 << 20).await.expect("the message is whole");
            let text = String::from_utf8(body.to_vec()).expect("it is text");
            sender.send((parts.headers, text)).expect("the test listens");
            let status = statuses.lock().unwrap().pop().unwrap_or(204);
            StatusCode::from_u16(status).expect("a status")
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        let router = Router::new().fallback(receive);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, messages }
    }

    fn hook(&self) -> String {
        format!("{}/hooks", self.url)
    }

    /// The next message: its id and its content, the signature checked.
    async fn next(&mut self) -> (String, Value) {
        let next = tokio::time::timeout(PATIENCE, self.messages.recv());
        let (headers, body) = next.await.expect("a message comes in time").expect("the server runs");
        let header = |name: &str| headers[name].to_str().expect("headers are text").to_owned();
        let (id, at) = (header("webhook-id"), header("webhook-timestamp"));
        let expected = BASE64.encode(hmac(SECRET, format!("{id}.{at}.{body}").as_bytes()));
        assert_eq!(header("webhook-signature"), format!("v1,{expected}"));
        assert_eq!(header("content-type"), "application/json");
        assert!(at.parse::<u64>().is_ok_and(|seconds| seconds > 1_700_000_000), "{at}");
        (id, serde_json::from_str(&body).expect("the body is JSON"))
    }
}

/// RFC 2104, written out: the host uses a library.
fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    let block = |pad: u8| {
        let mut block = [pad; 64];
        block.iter_mut().zip(key).for_each(|(pad, key)| *pad ^= key);
        block
    };
    let inner = Sha256::new().chain_update(block(0x36)).chain_update(message).finalize();
    Sha256::new().chain_update(block(0x5c)).chain_update(inner).finalize().to_vec()
}

/// A host that can sign and has the plugin `misbehave`.
async fn host(data: &std::path::Path) -> TestHost {
    let host = TestHost::start(data, &[]).await;
    let value = format!("whsec_{}", BASE64.encode(SECRET));
    host.put("/v1/secrets/webhook-key", &json!({ "value": value })).await;
    host.upload("misbehave", binaries::plugin("misbehave")).await;
    host
}

/// Lets the host send to this receiver, which is on its own machine.
async fn grant(host: &TestHost, receiver: &Receiver) {
    let grant = json!({ "hosts": [{ "url": receiver.url }], "networks": ["127.0.0.0/8"] });
    host.put("/v1/plugins/taskbox.webhook/grant", &grant).await;
}

/// The only webhook, when it is final.
async fn webhook(host: &TestHost) -> Value {
    let listed = host.get("/v1/jobs?queue=taskbox.webhooks").await;
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(1), "{listed}");
    host.wait_final(listed["items"][0]["id"].as_str().expect("a job has an id")).await
}

#[tokio::test]
async fn a_receiver_is_told_until_it_takes_the_message_and_the_id_stays_the_same() {
    let data = tempfile::tempdir().unwrap();
    let (host, mut receiver) = (host(data.path()).await, Receiver::start(&[500, 302]).await);
    grant(&host, &receiver).await;
    let job = json!({ "task": "echo", "input": { "a": [1.50, null] }, "callback_url": receiver.hook() });
    let job = host.run_job(&job).await;
    let (id, message) = receiver.next().await;
    assert_eq!((&message["type"], &message["timestamp"]), (&json!("job.completed"), &job["finalized_at"]));
    assert_eq!(message["data"], job);
    assert_eq!(receiver.next().await, (id.clone(), message.clone()));
    assert_eq!(receiver.next().await, (id.clone(), message));
    let webhook = webhook(&host).await;
    assert_eq!(id, format!("msg_{}", webhook["id"].as_str().unwrap()));
    assert_eq!((&webhook["state"], &webhook["attempt"]), (&json!("completed"), &json!(3)));
    assert_eq!(webhook["output"], json!({ "told": true, "status": 204 }));
    assert_eq!(webhook["errors"][1]["message"], json!("the receiver answered 302 Found"));
}

#[tokio::test]
async fn a_job_that_fails_or_is_cancelled_is_told_as_well_also_after_a_kill() {
    let data = tempfile::tempdir().unwrap();
    let (host, mut receiver) = (host(data.path()).await, Receiver::start(&[]).await);
    grant(&host, &receiver).await;
    let fail = json!({ "kind": "permanent", "message": "card declined" });
    host.post("/v1/jobs", &json!({ "task": "fail", "input": fail, "callback_url": receiver.hook() })).await;
    let (_, message) = receiver.next().await;
    assert_eq!(message["type"], json!("job.discarded"));
    assert_eq!(message["data"]["errors"][0]["message"], json!("card declined"));
    // Settled, so that it is not sent again after the kill.
    assert_eq!(webhook(&host).await["state"], json!("completed"));

    host.put("/v1/queues/taskbox.webhooks", &json!({ "paused": true })).await;
    let later = json!({ "task": "echo", "delay": "1h", "callback_url": receiver.hook() });
    let job = host.post("/v1/jobs", &later).await;
    let id = job["id"].as_str().unwrap();
    host.post(&format!("/v1/jobs/{id}/cancel"), &json!({})).await;
    host.kill().await;
    let host = TestHost::start(data.path(), &[]).await;
    host.put("/v1/queues/taskbox.webhooks", &json!({ "paused": false })).await;
    let (_, message) = receiver.next().await;
    assert_eq!((&message["type"], &message["data"]["id"]), (&json!("job.cancelled"), &job["id"]));
}

#[tokio::test]
async fn an_order_is_told_as_an_order() {
    let data = tempfile::tempdir().unwrap();
    let (host, mut receiver) = (host(data.path()).await, Receiver::start(&[410]).await);
    grant(&host, &receiver).await;
    // Nothing is granted to it, so that it fails at once.
    host.upload("create-order", binaries::plugin("create-order")).await;
    let order = json!({ "user_id": "u", "payment_intent_id": "pi_1", "callback_url": receiver.hook() });
    let order = host.post("/v1/orders", &order).await;
    let (_, message) = receiver.next().await;
    assert_eq!((&message["type"], &message["data"]["id"]), (&json!("order.failed"), &order["id"]));
    assert_eq!(message["data"]["is_loading"], json!(false));
    let webhook = webhook(&host).await;
    assert_eq!((&webhook["state"], &webhook["attempt"]), (&json!("discarded"), &json!(1)), "{webhook}");
}

#[tokio::test]
async fn an_order_whose_job_was_deleted_is_told_as_cancelled() {
    let data = tempfile::tempdir().unwrap();
    let (host, mut receiver) = (host(data.path()).await, Receiver::start(&[]).await);
    grant(&host, &receiver).await;
    host.upload("create-order", binaries::plugin("create-order")).await;
    host.put("/v1/queues/default", &json!({ "paused": true })).await;
    let order = json!({ "user_id": "u", "payment_intent_id": "pi_1", "callback_url": receiver.hook() });
    let order = host.post("/v1/orders", &order).await;
    let job = format!("/v1/jobs/{}", order["job_id"].as_str().unwrap());
    assert_eq!(host.call(Method::DELETE, &job, None).await.0, 204);
    let (_, message) = receiver.next().await;
    assert_eq!((&message["type"], &message["data"]["id"]), (&json!("order.cancelled"), &order["id"]));
    let shown = host.get(&format!("/v1/orders/{}", order["id"].as_str().unwrap())).await;
    assert_eq!(message["data"], shown);
}

#[tokio::test]
async fn a_submitter_learns_what_to_grant_and_no_internal_address() {
    let data = tempfile::tempdir().unwrap();
    let (host, receiver) = (host(data.path()).await, Receiver::start(&[]).await);
    let denied = async |grant: Value| {
        host.put("/v1/plugins/taskbox.webhook/grant", &grant).await;
        host.run_job(&json!({ "task": "noop", "callback_url": receiver.hook() })).await;
        let webhook = webhook(&host).await;
        assert_eq!(
            (&webhook["state"], &webhook["errors"][0]["kind"]),
            (&json!("discarded"), &json!("denied"))
        );
        let id = webhook["id"].as_str().unwrap();
        host.call(Method::DELETE, &format!("/v1/jobs/{id}"), None).await;
        webhook["errors"][0]["message"].as_str().unwrap().to_owned()
    };
    let line = format!(r#"add {{"url":"{}","methods":["POST"],"path":"/"}} to "hosts""#, receiver.url);
    let text = denied(json!({})).await;
    assert!(text.starts_with("plugin taskbox.webhook may not POST") && text.contains(&line), "{text}");
    let text = denied(json!({ "hosts": [{ "url": receiver.url }] })).await;
    assert!(text.contains("log") && !text.contains("127.0.0"), "{text}");
}

#[tokio::test]
async fn what_cannot_be_told_is_refused_at_once() {
    let data = tempfile::tempdir().unwrap();
    let host = TestHost::start(data.path(), &[]).await;
    let job = |url: &str| json!({ "task": "t", "allow_unknown_task": true, "callback_url": url });
    let refused = async |method: Method, path: &str, body: &Value| {
        let (status, problem) = host.call(method, path, Some(body)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        let error = &problem["errors"][0];
        (error["pointer"].as_str().unwrap().to_owned(), error["detail"].as_str().unwrap().to_owned())
    };
    let (pointer, detail) = refused(Method::POST, "/v1/jobs", &job("https://shop.example")).await;
    assert!(pointer == "/callback_url" && detail.contains("PUT /v1/secrets/webhook-key"), "{detail}");
    let schedule = json!({ "every": "1h", "job": job("https://shop.example") });
    assert_eq!(refused(Method::PUT, "/v1/schedules/s", &schedule).await.0, "/job/callback_url");
    let (pointer, detail) =
        refused(Method::PUT, "/v1/secrets/webhook-key", &json!({ "value": "hunter2-hunter2" })).await;
    assert!(pointer == "/value" && !detail.contains("hunter2") && detail.contains("whsec_"), "{detail}");
    let value = format!("whsec_{}", BASE64.encode(SECRET));
    host.put("/v1/secrets/webhook-key", &json!({ "value": value })).await;
    for url in ["shop.example", "ftp://shop.example", "https://me:x@shop.example"] {
        assert_eq!(refused(Method::POST, "/v1/jobs", &job(url)).await.0, "/callback_url");
    }
    let own = json!({ "task": "taskbox.webhook", "allow_unknown_task": true });
    assert_eq!(refused(Method::POST, "/v1/jobs", &own).await.0, "/task");
    let queue = json!({ "task": "t", "allow_unknown_task": true, "queue": "taskbox.webhooks" });
    assert_eq!(refused(Method::POST, "/v1/jobs", &queue).await.0, "/queue");
    let batch = json!({ "jobs": [queue] });
    assert_eq!(refused(Method::POST, "/v1/jobs/batch", &batch).await.0, "/jobs/0/queue");
    let schedule = json!({ "every": "1h", "job": queue });
    assert_eq!(refused(Method::PUT, "/v1/schedules/s", &schedule).await.0, "/job/queue");
    let (status, problem) = host.upload("taskbox.mine", binaries::plugin("misbehave")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    assert_eq!(host.get("/v1/jobs").await["items"], json!([]));
}
