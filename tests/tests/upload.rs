//! Uploading plugins while the host runs.

use std::path::{Path, PathBuf};

use axum::Router;
use axum::http::HeaderMap;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use taskbox::stand_ins::Pace;
use taskbox_tests::binaries;
use taskbox_tests::host::TestHost;
use taskbox_tests::story::Story;
use tokio::net::TcpListener;

#[tokio::test]
async fn both_builds_of_a_plugin_fit_and_run() {
    let data = tempfile::tempdir().unwrap();
    let story = Story::begin(data.path(), Pace::AT_ONCE).await;
    for (component, version) in
        [(binaries::plugin("create-order"), 1), (binaries::plugin_of_cargo_component("create-order"), 2)]
    {
        story.set_up(component).await;
        let order = story.place("u_42", "pi_1").await;
        assert_eq!(story.finished(&order).await["status"], json!("completed"));
        let job = story.host.get(&format!("/v1/jobs/{}", order["job_id"].as_str().unwrap())).await;
        assert_eq!(job["plugin"]["version"], json!(version), "{job}");
    }
}

#[tokio::test]
async fn the_same_bytes_again_are_the_same_version() {
    let data = tempfile::tempdir().unwrap();
    let host = TestHost::start(data.path(), &[]).await;
    let (first, version) = host.upload("misbehave", binaries::plugin("misbehave")).await;
    let (second, same) = host.upload("misbehave", binaries::plugin("misbehave")).await;
    assert_eq!((first, second), (StatusCode::CREATED, StatusCode::OK));
    assert_eq!(version["digest"], same["digest"]);
}

#[tokio::test]
async fn what_is_no_fitting_component_is_refused_with_the_reason_and_nothing_is_stored() {
    let data = tempfile::tempdir().unwrap();
    let host = TestHost::start(data.path(), &[]).await;
    let fitting = binaries::plugin("misbehave");
    for (what, bytes, words) in [
        ("text", b"hello".to_vec(), "component"),
        ("empty", Vec::new(), "empty"),
        ("a core module", b"\0asm\x01\0\0\0".to_vec(), "wasm32-wasip2"),
        ("truncated", fitting[..fitting.len() / 2].to_vec(), "cut off"),
        ("an empty component", b"\0asm\x0d\0\x01\0".to_vec(), "taskbox:task/task"),
        ("too large", vec![0; (64 << 20) + 1], "more than 64MiB"),
    ] {
        let (status, problem) = host.upload("misbehave", bytes).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{what}: {problem}");
        let detail = problem["detail"].as_str().unwrap_or_default();
        assert!(detail.contains(words), "{what}: {detail}");
    }
    assert_eq!(host.get("/v1/plugins").await["items"], json!([]));
}

#[tokio::test]
async fn machine_code_that_no_plugin_has_does_not_stay_on_disk() {
    let data = tempfile::tempdir().unwrap();
    let host = TestHost::start(data.path(), &[]).await;
    let (status, problem) = host.upload("taskbox.mine", binaries::plugin("misbehave")).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    assert_eq!(compiled(data.path()), [] as [PathBuf; 0]);
    host.upload("create-order", binaries::plugin("create-order")).await;
    let code = compiled(data.path());
    assert_eq!(code.len(), 2, "the code and its checksum");
    host.terminate().await;

    let left = code[0].with_file_name(format!("{}.cwasm", "0".repeat(64)));
    std::fs::copy(&code[0], left).unwrap();
    let _host = TestHost::start(data.path(), &[]).await;
    assert_eq!(compiled(data.path()), code);
}

/// The files in which a host keeps machine code, for all its engines, by name.
fn compiled(data: &Path) -> Vec<PathBuf> {
    let within = |folder: PathBuf| std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = within(data.join("compiled")).flat_map(within).collect();
    files.sort();
    files
}

#[tokio::test]
async fn a_version_can_be_added_without_being_used_and_rolled_back() {
    let data = tempfile::tempdir().unwrap();
    let story = Story::begin(data.path(), Pace::AT_ONCE).await;
    let next = binaries::plugin_of_cargo_component("create-order");
    let added =
        story.host.request(Method::PUT, "/v1/plugins/create-order?activate=false").body(next).send().await;
    assert_eq!(added.unwrap().status(), StatusCode::CREATED);
    let active = async || story.host.get("/v1/plugins/create-order").await["active_version"].clone();
    assert_eq!(active().await, json!(1));
    story.host.put("/v1/plugins/create-order/active", &json!({ "version": 2 })).await;
    assert_eq!(active().await, json!(2));
    story.host.put("/v1/plugins/create-order/active", &json!({ "version": 1 })).await;
    assert_eq!(active().await, json!(1));
    let (status, problem) =
        story.host.call(Method::PUT, "/v1/plugins/create-order/active", Some(&json!({ "version": 9 }))).await;
    assert!(
        status.is_client_error() && problem["detail"].as_str().unwrap().contains("no version 9"),
        "{problem}"
    );
}

#[tokio::test]
async fn a_secret_goes_into_its_header_and_does_not_come_back() {
    let data = tempfile::tempdir().unwrap();
    let host = TestHost::start(data.path(), &[]).await;
    let repeat = |headers: HeaderMap| async move {
        let seen = headers["authorization"].clone();
        let text = format!("you sent {seen:?}");
        ([("x-request-id", seen)], text)
    };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(repeat)).await });

    let short = json!({ "value": "hunter2" });
    let (status, problem) = host.call(Method::PUT, "/v1/secrets/token", Some(&short)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(problem["errors"][0]["detail"].to_string().contains("8 to 8192"), "{problem}");
    host.put("/v1/secrets/token", &json!({ "value": "hunter2-hunter2" })).await;
    let grant = json!({
        "hosts": [{ "url": url }], "networks": ["127.0.0.0/8"],
        "secrets": [{ "name": "token", "hosts": [url] }],
    });
    let stored = host.put("/v1/plugins/misbehave/grant", &grant).await;
    assert_eq!(stored["secrets"][0]["headers"], json!(["authorization"]));
    host.upload("misbehave", binaries::plugin("misbehave")).await;

    let fetch = |header: &str| {
        let input = json!({ "url": url, "bearers": { header: "token" } });
        json!({ "task": "fetch", "input": input, "max_attempts": 1 })
    };
    let job = host.run_job(&fetch("authorization")).await;
    assert_eq!(job["output"]["body"], json!("you sent \"Bearer ***************\""), "{job}");
    assert_eq!(job["output"]["headers"]["x-request-id"], json!("Bearer ***************"), "{job}");
    let job = host.run_job(&fetch("x-request-id")).await;
    let error = &job["errors"][0];
    let line = r#"add "x-request-id" to "headers" of secret "token""#;
    assert!(error["kind"] == "denied" && error["message"].as_str().unwrap().contains(line), "{job}");
}

#[tokio::test]
async fn secrets_are_never_shown_and_never_reach_the_guest() {
    let data = tempfile::tempdir().unwrap();
    let host = TestHost::start(data.path(), &[]).await;
    host.put("/v1/secrets/token", &json!({ "value": "hunter2-hunter2" })).await;
    let grant = json!({
        "hosts": [{ "url": "https://example.com" }],
        "secrets": [{ "name": "token", "hosts": ["https://example.com"] }],
    });
    host.put("/v1/plugins/misbehave/grant", &grant).await;
    host.upload("misbehave", binaries::plugin("misbehave")).await;
    let job = host.run_job(&json!({ "task": "config", "input": { "name": "token" } })).await;
    let seen: &Value = &job["output"];
    assert!(seen.to_string().contains("taskbox-secret:token:"), "{job}");
    for path in ["/v1/secrets", "/v1/plugins", "/v1/plugins/misbehave/grant"] {
        assert!(!host.get(path).await.to_string().contains("hunter2"), "{path}");
    }
}
