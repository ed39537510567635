//! Queues with settings of an operator, on a real host.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use taskbox_tests::binaries;
use taskbox_tests::host::TestHost;
use tokio::process::Command;

fn printing(queue: &str) -> Value {
    json!({ "task": "print", "input": { "stdout": 1, "text": "fox" }, "queue": queue })
}

async fn host_with_guest(data: &std::path::Path, arguments: &[&str]) -> TestHost {
    let host = TestHost::start(data, arguments).await;
    let (status, answer) = host.upload("misbehave", binaries::plugin("misbehave")).await;
    assert!(status.is_success(), "{answer}");
    host
}

#[tokio::test]
async fn settings_survive_a_restart_and_a_paused_job_runs_when_the_queue_is_resumed() {
    let data = tempfile::tempdir().unwrap();
    let host = host_with_guest(data.path(), &[]).await;
    let settings = json!({ "paused": true, "concurrency": 2, "rate": { "count": 100, "per": "60s" } });
    let put = host.put("/v1/queues/mail", &settings).await;
    assert_eq!((&put["paused"], &put["concurrency"]), (&json!(true), &json!(2)));
    assert_eq!(put["rate"], json!({ "count": 100, "per": "1m" }));
    let job = host.post("/v1/jobs", &printing("mail")).await;
    host.terminate().await;

    let host = TestHost::start(data.path(), &[]).await;
    let shown = host.get("/v1/queues/mail").await;
    assert_eq!((&shown["rate"], &shown["counts"]["available"]), (&put["rate"], &json!(1)));
    let listed = &host.get("/v1/queues").await["items"][0];
    assert_eq!((&listed["name"], &listed["counts"]), (&json!("mail"), &shown["counts"]));
    host.run_job(&printing("other")).await;
    let cleared = host.put("/v1/queues/mail", &json!({ "paused": false, "concurrency": null })).await;
    assert_eq!((&cleared["concurrency"], &cleared["rate"]), (&Value::Null, &put["rate"]));
    assert_eq!(host.wait_final(job["id"].as_str().unwrap()).await["state"], "completed");
}

#[tokio::test]
async fn wrong_settings_are_refused_field_by_field_and_an_unknown_queue_is_not_found() {
    let data = tempfile::tempdir().unwrap();
    let host = TestHost::start(data.path(), &[]).await;
    for (body, pointer) in [
        (json!({ "concurrency": 0 }), "/concurrency"),
        (json!({ "paused": "yes" }), "/paused"),
        (json!({ "rate": { "count": 0, "per": "1m" } }), "/rate"),
        (json!({ "rate": { "count": 1, "per": "1 minute or so" } }), "/rate/per"),
        (json!({ "rate": { "count": 1 } }), "/rate/per"),
        (json!({ "pause": true }), "/pause"),
    ] {
        let (status, problem) = host.call(Method::PUT, "/v1/queues/mail", Some(&body)).await;
        assert_eq!(
            (status, &problem["errors"][0]["pointer"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!(pointer))
        );
    }
    let (status, _) = host.call(Method::GET, "/v1/queues/mail", None).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_host_leaves_the_queues_to_others_that_it_was_told_not_to_work() {
    let data = tempfile::tempdir().unwrap();
    let host = host_with_guest(data.path(), &["--except-queues", "mail,post"]).await;
    let job = host.post("/v1/jobs", &printing("post")).await;
    host.run_job(&printing("other")).await;
    assert_eq!(host.get("/v1/queues/post").await["counts"]["available"], 1);
    host.terminate().await;
    let host = TestHost::start(data.path(), &["--queues", "post"]).await;
    assert_eq!(host.wait_final(job["id"].as_str().unwrap()).await["state"], "completed");
}

#[tokio::test]
async fn queues_are_set_paused_and_resumed_from_the_command_line() {
    let data = tempfile::tempdir().unwrap();
    let host = TestHost::start(data.path(), &[]).await;
    let queue = async |arguments: &[&str]| {
        let mut command = Command::new(binaries::taskbox());
        command.arg("queue").args(arguments).env("TASKBOX_HOST", &host.url);
        let output = command.output().await.unwrap();
        (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    assert_eq!(queue(&["set", "mail", "--concurrency", "3", "--rate", "100/1m"]).await.0, Some(0));
    assert_eq!(queue(&["pause", "mail"]).await.0, Some(0));
    let (_, listed) = queue(&["list"]).await;
    assert!(listed.contains("mail") && listed.contains("paused, 3 at once, 100/1m"), "{listed}");
    assert_eq!(queue(&["resume", "mail"]).await.0, Some(0));
    assert_eq!(queue(&["set", "mail", "--rate", "none"]).await.0, Some(0));
    let shown = host.get("/v1/queues/mail").await;
    let settings = [&shown["paused"], &shown["concurrency"], &shown["rate"]];
    assert_eq!(settings, [&json!(false), &json!(3), &Value::Null]);
    assert_eq!(queue(&["set", "mail"]).await.0, Some(2));
    assert_eq!(queue(&["set", "mail", "--rate", "fast"]).await.0, Some(2));
}
