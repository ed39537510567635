//! Plugins built against released versions of the contract must run for ever.
//!
//! `fixtures/contract-0.1.0.wasm` was built from `fixtures/contract-0.1.0`, against `taskbox:task@0.1.0`, and calls every
//! function of it once. It is never built again: a host that cannot run these very bytes breaks existing plugins.

use reqwest::StatusCode;
use serde_json::json;
use taskbox_tests::host::TestHost;

const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

#[tokio::test]
async fn a_plugin_of_version_0_1_0_still_runs() {
    let data = tempfile::tempdir().unwrap();
    let host = TestHost::start(data.path(), &[]).await;
    host.put("/v1/plugins/old/grant", &json!({ "config": { "greeting": "hello" } })).await;
    let component = include_bytes!("../fixtures/contract-0.1.0.wasm").to_vec();
    let (status, answer) = host.upload("old", component).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");

    let job = json!({
        "task": "contract-0-1-0", "input": { "a": 1 },
        "tags": ["a"], "metadata": { "n": 1 }, "traceparent": TRACE,
    });
    let job = host.run_job(&job).await;
    assert_eq!(
        job["output"],
        json!({
            "input": { "a": 1 }, "step": 7, "greeting": "hello",
            "cancelled": false, "task": "contract-0-1-0", "attempt": 1, "max_attempts": 3,
            "tags": ["a"], "metadata": { "n": 1 }, "traceparent": TRACE,
        }),
        "{job}"
    );
    assert_eq!(job["progress"]["message"], json!("half way"));
    let logs = host.get(&format!("/v1/jobs/{}/logs", job["id"].as_str().unwrap())).await;
    assert_eq!(logs["items"][0]["lines"], json!(["attempt 1", "INFO a line"]));
}
