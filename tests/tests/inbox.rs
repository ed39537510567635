//! External events, which a task waits for without a sandbox.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use taskbox_tests::binaries;
use taskbox_tests::host::TestHost;
use taskbox_tests::patience::until;
use tempfile::TempDir;

const HOUR: u64 = 3_600_000;

async fn host() -> (TestHost, TempDir) {
    let data = tempfile::tempdir().unwrap();
    let host = TestHost::start(data.path(), &["--public-url", "https://jobs.example.com/"]).await;
    let (status, answer) = host.upload("misbehave", binaries::plugin("misbehave")).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    (host, data)
}

/// A job that waits for an approval.
async fn waiter(host: &TestHost, input: Value) -> String {
    let job = host.post("/v1/jobs", &json!({ "task": "approval", "input": input, "max_attempts": 1 })).await;
    let id = job["id"].as_str().unwrap().to_owned();
    until("the job waits", async || {
        let job = host.get(&format!("/v1/jobs/{id}")).await;
        job.get("waits_for_event").is_some().then_some(())
    })
    .await;
    id
}

async fn send(host: &TestHost, path: &str, value: Value) -> (StatusCode, Value) {
    host.call(Method::POST, path, Some(&value)).await
}

#[tokio::test]
async fn a_job_waits_over_a_kill_and_runs_with_the_value() {
    let (host, data) = host().await;
    let id = waiter(&host, json!({ "event": "ok", "ms": HOUR })).await;
    host.kill().await;
    let host = TestHost::start(data.path(), &[]).await;
    let job = host.get(&format!("/v1/jobs/{id}")).await;
    let shown = (&job["state"], &job["waits_for_event"], &job["attempt"]);
    assert_eq!(shown, (&json!("scheduled"), &json!("ok"), &json!(0)), "{job}");

    let path = format!("/v1/jobs/{id}/events/ok");
    let (status, answer) = send(&host, &path, json!({ "by": "Ada" })).await;
    assert_eq!((status, &answer["event"]), (StatusCode::CREATED, &json!("ok")), "{answer}");
    let job = host.wait_final(&id).await;
    assert_eq!(job["output"], json!({ "value": { "by": "Ada" }, "attempt": 1 }), "{job}");

    assert_eq!(send(&host, &path, json!({ "by": "Ada" })).await.0, StatusCode::OK);
    let (status, problem) = send(&host, &path, json!({ "by": "Bob" })).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(problem["detail"].as_str().unwrap().contains("the first one stays"), "{problem}");
    let (status, problem) = send(&host, &format!("/v1/jobs/{id}/events/other"), json!(1)).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(problem["detail"].as_str().unwrap().contains("completed"), "{problem}");
}

#[tokio::test]
async fn a_wait_that_is_over_is_told_apart_from_a_value() {
    let (host, _data) = host().await;
    let id = waiter(&host, json!({ "event": "ok", "ms": 1 })).await;
    let job = host.wait_final(&id).await;
    assert_eq!(job["output"], json!({ "value": null, "attempt": 1 }), "{job}");
    let early = host
        .post(
            "/v1/jobs",
            &json!({ "task": "approval", "input": { "event": "x", "ms": HOUR }, "delay": "1h" }),
        )
        .await;
    let id = early["id"].as_str().unwrap();
    assert_eq!(send(&host, &format!("/v1/jobs/{id}/events/x"), json!(7)).await.0, StatusCode::CREATED);
    host.post(&format!("/v1/jobs/{id}/retry"), &json!({})).await;
    let job = host.wait_final(id).await;
    assert_eq!(job["output"]["value"], json!(7), "it came before and is found at once: {job}");
}

#[tokio::test]
async fn a_url_that_a_task_hands_out_sends_its_event_once() {
    let (host, _data) = host().await;
    let id = waiter(&host, json!({ "event": "ok", "ms": HOUR, "with_url": true })).await;
    let url = host.get(&format!("/v1/jobs/{id}")).await["progress"]["message"].as_str().unwrap().to_owned();
    let path = url.strip_prefix("https://jobs.example.com").unwrap_or_else(|| panic!("{url}"));
    let (begin, end) = path.split_at(path.len() - 9);
    let other = if end.starts_with('A') { "B" } else { "A" };
    let wrong = format!("{begin}{other}{}", &end[1..]);
    assert_eq!(send(&host, &wrong, json!(1)).await.0, StatusCode::NOT_FOUND);
    assert_eq!(send(&host, "/v1/events?key=x", json!(1)).await.0, StatusCode::NOT_FOUND);
    let (status, answer) = send(&host, path, json!({ "paid": true })).await;
    assert_eq!((status, &answer["job_id"]), (StatusCode::CREATED, &json!(id)), "{answer}");
    assert_eq!(host.wait_final(&id).await["output"]["value"], json!({ "paid": true }));
    assert_eq!(send(&host, path, json!({ "paid": false })).await.0, StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_name_or_a_value_that_cannot_be_is_refused() {
    let (host, _data) = host().await;
    let id = waiter(&host, json!({ "event": "ok", "ms": HOUR })).await;
    let (status, problem) = send(&host, &format!("/v1/jobs/{id}/events/Not%20ok"), json!(1)).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert!(problem["detail"].as_str().unwrap().contains("beginning with a letter"), "{problem}");
    let large = json!("x".repeat(1024 * 1024));
    let (status, problem) = send(&host, &format!("/v1/jobs/{id}/events/ok"), large).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    assert!(problem["detail"].as_str().unwrap().contains("at most 1 MiB"), "{problem}");

    let input = json!({ "event": "Not ok", "ms": 1, "unchecked": true });
    let job = json!({ "task": "approval", "input": input, "max_attempts": 3 });
    let job = host.run_job(&job).await;
    assert_eq!(job["errors"][0]["kind"], json!("permanent"), "{job}");
    assert!(job["errors"][0]["message"].as_str().unwrap().contains("is not an event name"), "{job}");
}
