//! Plugins that misbehave: each ends as its own kind of outcome, and the next job runs as if nothing had
//! happened.

use axum::Router;
use axum::body::Body;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use taskbox_tests::binaries;
use taskbox_tests::host::TestHost;
use taskbox_tests::patience::until;
use tempfile::TempDir;
use tokio::net::TcpListener;

/// A host with the misbehaving plugin, under tight limits.
async fn host() -> (TestHost, TempDir) {
    let data = tempfile::tempdir().unwrap();
    let host = TestHost::start(data.path(), &[]).await;
    let limits =
        json!({ "limits": { "memory": "16MiB", "cpu": "300ms", "wall": "20s", "log_bytes": "16KiB" } });
    host.put("/v1/plugins/misbehave/grant", &limits).await;
    let (status, answer) = host.upload("misbehave", binaries::plugin("misbehave")).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    (host, data)
}

/// Runs a task once and answers with its only error.
async fn error_of(host: &TestHost, task: &str, input: Value, timeout: &str) -> Value {
    let job = json!({ "task": task, "input": input, "max_attempts": 1, "timeout": timeout });
    let job = host.run_job(&job).await;
    assert_eq!(job["state"], json!("discarded"), "{job}");
    job["errors"][0].clone()
}

async fn the_next_job_runs(host: &TestHost) {
    let job = host.run_job(&json!({ "task": "echo", "input": { "still": "here" } })).await;
    assert_eq!((&job["state"], &job["output"]), (&json!("completed"), &json!({ "still": "here" })));
}

macro_rules! ends_as {
    ($($name:ident: $task:literal $input:tt within $timeout:literal is $kind:literal saying $text:literal;)*) => {
        $(
            #[tokio::test]
            async fn $name() {
                let (host, _data) = host().await;
                let error = error_of(&host, $task, json!($input), $timeout).await;
                assert_eq!(error["kind"], json!($kind), "{error}");
                let words = format!("{} {}", error["message"], error["detail"]);
                assert!(words.to_lowercase().contains($text), "{error}");
                the_next_job_runs(&host).await;
            }
        )*
    };
}

ends_as! {
    a_plugin_that_spins_ends_as_cpu_limit: "spin" {} within "10s" is "cpu-limit" saying "cpu";
    a_plugin_that_spins_past_its_timeout_ends_as_timeout: "spin" {} within "100ms" is "timeout" saying "100ms";
    a_plugin_that_eats_memory_ends_as_memory_limit: "eat-memory" {} within "10s" is "memory-limit" saying "16mib";
    a_plugin_that_panics_ends_as_trap_with_its_words: "panic" { "message": "no such luck" } within "10s" is "trap" saying "no such luck";
    a_plugin_that_sleeps_an_hour_ends_as_timeout: "sleep-hour" {} within "200ms" is "timeout" saying "200ms";
    a_plugin_that_overflows_its_stack_ends_as_trap: "stack-overflow" {} within "10s" is "trap" saying "stack";
    a_plugin_that_calls_a_host_not_granted_ends_as_denied: "fetch" { "method": "GET", "url": "http://203.0.113.1/" } within "10s" is "denied" saying "hosts";
    a_plugin_that_prints_without_end_ends_as_output_limit: "print-forever" {} within "10s" is "output-limit" saying "log_bytes";
    a_plugin_that_returns_no_json_ends_as_bad_output: "bad-output" {} within "10s" is "bad-output" saying "json";
    a_plugin_that_returns_what_is_nested_too_deep_ends_as_bad_output: "deep-output" 101 within "10s" is "bad-output" saying "nested deeper than 100 levels";
    a_plugin_that_returns_too_much_ends_as_output_limit: "big-output" { "bytes": 2_000_000 } within "10s" is "output-limit" saying "output_bytes";
}

#[tokio::test]
async fn a_plugin_that_asks_for_too_much_is_told_the_limit_and_not_run_again() {
    let (host, _data) = host().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let endless = || async {
        let piece = || Ok::<_, std::io::Error>("x".repeat(500));
        Body::from_stream(futures::stream::repeat_with(piece))
    };
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(endless)).await });
    let limits = json!({ "response_bytes": "64KiB" });
    let grant = json!({ "hosts": [{ "url": url }], "networks": ["127.0.0.0/8"], "limits": limits });
    host.put("/v1/plugins/misbehave/grant", &grant).await;
    let job = host.run_job(&json!({ "task": "fetch", "input": { "url": url }, "max_attempts": 3 })).await;
    assert_eq!((&job["state"], &job["attempt"]), (&json!("discarded"), &json!(1)), "{job}");
    assert_eq!(job["errors"][0]["kind"], json!("permanent"));
    let message = job["errors"][0]["message"].as_str().unwrap();
    assert!(message.contains("exceeds 65536 bytes; raise `limits.response_bytes`"), "{message}");
}

#[tokio::test]
async fn what_a_guest_prints_is_kept_per_attempt() {
    let (host, _data) = host().await;
    let job = host
        .run_job(&json!({ "task": "print", "input": { "stdout": 3, "stderr": 1, "text": "a fox" } }))
        .await;
    assert_eq!(job["state"], json!("completed"), "{job}");
    let logs = host.get(&format!("/v1/jobs/{}/logs", job["id"].as_str().unwrap())).await;
    let first = json!({ "attempt": 1, "lines": ["a fox 1", "a fox 2", "a fox 3", "a fox 1"] });
    assert_eq!(logs["items"][0], first, "{logs}");
}

#[tokio::test]
async fn a_running_job_that_is_cancelled_can_see_it_and_ends_cancelled() {
    let (host, _data) = host().await;
    let job = host.post("/v1/jobs", &json!({ "task": "wait-for-cancel", "input": {} })).await;
    let id = job["id"].as_str().unwrap();
    host.wait_for_state(id, "running").await;
    host.post(&format!("/v1/jobs/{id}/cancel"), &json!({})).await;
    assert_eq!(host.wait_final(id).await["state"], json!("cancelled"));
}

#[tokio::test]
async fn a_task_nobody_offers_is_refused_with_the_nearest_name() {
    let (host, _data) = host().await;
    let job = json!({ "task": "ecko", "input": {} });
    let (status, problem) = host.call(reqwest::Method::POST, "/v1/jobs", Some(&job)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(problem.to_string().contains("echo"), "{problem}");
}

#[tokio::test]
async fn a_plugin_that_snoozes_is_run_again_at_the_cost_of_no_attempt() {
    let (host, _data) = host().await;
    let input = json!({ "kind": "snooze", "ms": 3_600_000 });
    let job = host.post("/v1/jobs", &json!({ "task": "fail", "input": input, "max_attempts": 1 })).await;
    let path = format!("/v1/jobs/{}", job["id"].as_str().unwrap());
    let snoozed = until("the attempt has come and gone", async || {
        let job = host.get(&path).await;
        (!job["attempted_at"].is_null() && job["state"] != "running").then_some(job)
    })
    .await;
    assert_eq!((&snoozed["state"], &snoozed["attempt"]), (&json!("scheduled"), &json!(0)));
    assert_eq!(snoozed["errors"], json!([]));
}

#[tokio::test]
async fn a_line_with_a_level_is_logged_and_a_warning_explains_the_failure() {
    let (host, _data) = host().await;
    let job = host.run_job(&json!({ "task": "log", "input": {}, "max_attempts": 1 })).await;
    let logs = host.get(&format!("/v1/jobs/{}/logs", job["id"].as_str().unwrap())).await;
    let lines = json!(["DEBUG looking", "INFO found it", "WARN it is old", "ERROR it is broken"]);
    assert_eq!(logs["items"][0]["lines"], lines);
    assert_eq!(job["errors"][0]["detail"], json!("it is old\nit is broken"));
}

#[tokio::test]
async fn a_task_gets_the_trace_the_tags_and_the_metadata_of_its_job() {
    let (host, _data) = host().await;
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let job = json!({ "task": "context", "input": {}, "tags": ["a", "b"], "metadata": { "n": 1 } });
    let request = host.request(Method::POST, "/v1/jobs").header("traceparent", trace).json(&job);
    let answer = request.send().await.unwrap();
    let job: Value = answer.json().await.unwrap();
    assert_eq!(job["traceparent"], json!(trace), "{job}");
    let done = host.get(&format!("/v1/jobs/{}?wait=30s", job["id"].as_str().unwrap())).await;
    let output = &done["output"];
    assert_eq!((&output["tags"], &output["metadata"]), (&json!(["a", "b"]), &json!({ "n": 1 })), "{done}");
    assert_eq!(output["traceparent"], json!(trace));

    let wrong = json!({ "task": "context", "traceparent": "00-1-2-3" });
    let (status, refused) = host.call(Method::POST, "/v1/jobs", Some(&wrong)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused["errors"][0]["pointer"], json!("/traceparent"), "{refused}");
}
