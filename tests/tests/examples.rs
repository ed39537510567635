//! The examples in Rust, each with its own grant, on a real host.

use axum::extract::Request;
use axum::http::StatusCode as Status;
use axum::routing::post;
use axum::{Json, Router};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use taskbox_tests::binaries;
use taskbox_tests::host::{PATIENCE, TestHost};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::mpsc;

/// The smallest PNG image: one black pixel.
const PIXEL: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNgAAAAAgABSK+kcQAAAABJRU5ErkJggg==";

fn grant(example: &str) -> Value {
    let file = format!("{}/../plugins/examples/{example}/grant.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(file).expect("an example has a grant")).expect("JSON")
}

/// A host with an example and a grant for it.
async fn host(example: &str, grant: &Value) -> (TestHost, TempDir) {
    let data = tempfile::tempdir().unwrap();
    let host = TestHost::start(data.path(), &["--public-url", "https://jobs.example.com"]).await;
    host.put("/v1/secrets/chat-key", &json!({ "value": "chat-key-1" })).await;
    host.put(&format!("/v1/plugins/{example}/grant"), grant).await;
    let (status, answer) = host.upload(example, binaries::plugin(example)).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    (host, data)
}

#[tokio::test]
async fn a_thumbnail_is_made_of_an_image_and_what_does_not_fit_is_refused() {
    let (host, _data) = host("thumbnail", &grant("thumbnail")).await;
    let job = host.run_job(&json!({ "task": "thumbnail", "input": { "image": PIXEL, "side": 8 } })).await;
    assert_eq!((&job["output"]["width"], &job["output"]["height"]), (&json!(1), &json!(1)), "{job}");
    let image = BASE64.decode(job["output"]["image"].as_str().unwrap()).expect("base64");
    assert!(image.starts_with(b"\x89PNG"));

    let wrong = json!({ "task": "thumbnail", "input": { "image": PIXEL, "side": 4_000 } });
    let (status, problem) = host.call(Method::POST, "/v1/jobs", Some(&wrong)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    let job = host.run_job(&json!({ "task": "thumbnail", "input": { "image": "AAAA", "side": 8 } })).await;
    assert_eq!((&job["state"], &job["attempt"]), (&json!("discarded"), &json!(1)), "{job}");
}

#[tokio::test]
async fn a_total_is_that_of_the_jobs_that_counted() {
    let (host, _data) = host("fan-out", &grant("fan-out")).await;
    let texts: Vec<_> = (1..=20).map(|words| "word ".repeat(words)).collect();
    let job = host.run_job(&json!({ "task": "word-count", "input": { "texts": texts } })).await;
    let total = host.wait_final(job["output"]["total_job"].as_str().expect("an id")).await;
    assert_eq!(total["output"], json!({ "words": 210, "uncounted": 0 }), "{total}");
}

#[tokio::test]
async fn a_refund_waits_for_the_answer_of_a_person() {
    let (sender, mut messages) = mpsc::unbounded_channel();
    let chat = move |request: Request| async move {
        assert_eq!(request.headers()["authorization"], "Bearer chat-key-1");
        let body = axum::body::to_bytes(request.into_body(), 1 << 20).await.expect("the message is whole");
        sender.send(serde_json::from_slice::<Value>(&body).expect("JSON")).expect("the test listens");
        (Status::CREATED, Json(json!({})))
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port is free");
    let url = format!("http://{}", listener.local_addr().expect("it is bound"));
    tokio::spawn(async move { axum::serve(listener, Router::new().route("/messages", post(chat))).await });

    let grant = grant("approval").to_string().replace("https://chat.example.com", &url);
    let mut grant: Value = serde_json::from_str(&grant).expect("JSON");
    grant["networks"] = json!(["127.0.0.0/8"]);
    let (host, _data) = host("approval", &grant).await;
    let refund = json!({ "task": "refund", "input": { "order_id": "o_1", "amount": "50.00" } });
    let job = host.post("/v1/jobs", &refund).await;

    let message = tokio::time::timeout(PATIENCE, messages.recv()).await.expect("a message comes");
    let message = message.expect("the chat runs");
    assert_eq!(message["text"], "Refund 50.00 for the order o_1?");
    let url = message["answer_url"].as_str().expect("a URL");
    let path = url.strip_prefix("https://jobs.example.com").unwrap_or_else(|| panic!("{url}"));
    host.call(Method::POST, path, Some(&json!({ "approved": true, "by": "Ada" }))).await;
    let job = host.wait_final(job["id"].as_str().unwrap()).await;
    assert_eq!(job["output"], json!({ "approved": { "by": "Ada" } }), "{job}");
    assert!(messages.try_recv().is_err(), "the person was asked twice");
}
