//! Operations on many jobs, on a real host: their progress, their end, and what a killed host does with them.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use taskbox_tests::host::TestHost;
use taskbox_tests::patience::until;

/// More than a host acts on before it can be stopped or killed, with a disk that takes its time.
const MANY: usize = 20_000;

async fn slow_host(place: &std::path::Path) -> TestHost {
    TestHost::start_with(place, "sync_delay = \"20ms\"").await
}

/// Jobs that wait for ever, in batches.
async fn submit(host: &TestHost, queue: &str, count: usize) {
    let job = json!({ "task": "nobody", "allow_unknown_task": true, "queue": queue });
    for left in (1..=count).rev().step_by(10_000) {
        let jobs = vec![job.clone(); left.min(10_000)];
        host.post("/v1/jobs/batch", &json!({ "jobs": jobs })).await;
    }
}

async fn begin(host: &TestHost, action: &str, queue: &str) -> String {
    let body = json!({ "action": action, "filter": { "queue": queue } });
    let (status, operation) = host.call(Method::POST, "/v1/operations", Some(&body)).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{operation}");
    assert_eq!(operation["state"], "running");
    format!("/v1/operations/{}", operation["id"].as_str().unwrap())
}

/// The operation, as soon as it is so.
async fn when(host: &TestHost, path: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    until("the operation", async || Some(host.get(path).await).filter(&is_so)).await
}

async fn count(host: &TestHost, queue: &str, state: &str) -> u64 {
    host.get(&format!("/v1/queues/{queue}")).await["counts"][state].as_u64().unwrap()
}

#[tokio::test]
async fn an_operation_acts_on_all_that_match_and_on_no_other() {
    let data = tempfile::tempdir().unwrap();
    let host = TestHost::start(data.path(), &[]).await;
    submit(&host, "mail", 300).await;
    submit(&host, "other", 5).await;
    let path = begin(&host, "cancel", "mail").await;
    let done = when(&host, &path, |operation| operation["state"] == "completed").await;
    assert_eq!([&done["expected"], &done["matched"], &done["changed"]], [300, 300, 300]);
    assert_eq!((count(&host, "mail", "cancelled").await, count(&host, "other", "available").await), (300, 5));
    assert_eq!(host.get("/v1/operations").await["items"], json!([done]));
    assert_eq!(host.post(&format!("{path}/stop"), &json!({})).await, done, "it has ended");
}

#[tokio::test]
async fn a_stopped_operation_leaves_the_rest_alone() {
    let data = tempfile::tempdir().unwrap();
    let host = slow_host(data.path()).await;
    submit(&host, "mail", MANY).await;
    let path = begin(&host, "cancel", "mail").await;
    when(&host, &path, |operation| operation["changed"].as_u64() > Some(0)).await;
    let stopped = host.post(&format!("{path}/stop"), &json!({})).await;
    assert_eq!(stopped["state"], "stopped");
    let changed = stopped["changed"].as_u64().unwrap();
    assert!(changed > 0 && changed < MANY as u64, "{stopped}");
    // A step that was under way may have been written.
    let cancelled = count(&host, "mail", "cancelled").await;
    assert!((changed..changed + 1_000).contains(&cancelled), "{cancelled} of {changed}");
}

#[tokio::test]
async fn an_operation_goes_on_after_a_kill() {
    let data = tempfile::tempdir().unwrap();
    let host = slow_host(data.path()).await;
    submit(&host, "mail", MANY).await;
    let path = begin(&host, "delete", "mail").await;
    when(&host, &path, |operation| operation["changed"].as_u64() > Some(0)).await;
    host.kill().await;

    let host = TestHost::start_with(data.path(), "").await;
    let done = when(&host, &path, |operation| operation["state"] == "completed").await;
    assert!(done["changed"].as_u64().unwrap() <= MANY as u64, "{done}");
    assert_eq!(host.get("/v1/jobs?queue=mail").await["items"], json!([]));
}

#[tokio::test]
async fn an_operation_without_a_filter_or_with_ids_is_refused() {
    let data = tempfile::tempdir().unwrap();
    let host = TestHost::start(data.path(), &[]).await;
    for (body, said) in [
        (json!({ "action": "retry" }), "must select jobs"),
        (json!({ "action": "retry", "filter": {} }), "must select jobs"),
        (json!({ "action": "pause", "all": true }), "must be one of"),
        (
            json!({ "action": "retry", "filter": { "ids": ["01a21da9-8624-70f8-b757-e1d2d2727c33"] } }),
            "/v1/jobs/bulk",
        ),
    ] {
        let (status, problem) = host.call(Method::POST, "/v1/operations", Some(&body)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains(said), "{problem}");
    }
    let missing = "/v1/operations/01a21da9-8624-70f8-b757-e1d2d2727c33";
    assert_eq!(host.call(Method::GET, missing, None).await.0, StatusCode::NOT_FOUND);
}
