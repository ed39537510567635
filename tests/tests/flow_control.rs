//! Concurrency keys, strict order, turns and tasks that are held back, on a real host.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use taskbox::domain::Timestamp;
use taskbox_tests::binaries;
use taskbox_tests::host::TestHost;
use tempfile::TempDir;

async fn host(arguments: &[&str]) -> (TestHost, TempDir) {
    let data = tempfile::tempdir().unwrap();
    let host = TestHost::start(data.path(), arguments).await;
    let (status, answer) = host.upload("misbehave", binaries::plugin("misbehave")).await;
    assert!(status.is_success(), "{answer}");
    (host, data)
}

/// Submits these jobs while their queue is paused, so that all of them wait when it is resumed.
async fn submit_together(host: &TestHost, jobs: Vec<Value>) -> Vec<String> {
    host.put("/v1/queues/default", &json!({ "paused": true })).await;
    let answer = host.post("/v1/jobs/batch", &json!({ "jobs": jobs })).await;
    host.put("/v1/queues/default", &json!({ "paused": false })).await;
    let ids = answer["items"].as_array().unwrap().iter().map(|job| job["id"].as_str().unwrap().to_owned());
    ids.collect()
}

async fn finals(host: &TestHost, ids: &[String]) -> Vec<Value> {
    let mut jobs = Vec::new();
    for id in ids {
        jobs.push(host.wait_final(id).await);
    }
    jobs
}

/// Times of one host have the same form, so that texts sort as they do.
fn text<'a>(job: &'a Value, field: &str) -> &'a str {
    job[field].as_str().unwrap_or_else(|| panic!("no {field}: {job}"))
}

#[tokio::test]
async fn a_job_in_strict_order_waits_until_the_one_before_it_has_been_retried_and_is_final() {
    let (host, _data) = host(&[]).await;
    let keyed = |task: &str, input: Value| json!({ "task": task, "input": input, "concurrency_key": "shop-7", "strict_order": true });
    let failing_once = keyed("fail-until", json!({ "attempts": 2 }));
    let mut urgent = keyed("echo", json!(1));
    urgent["priority"] = json!(100);
    let ids = submit_together(&host, vec![failing_once, urgent]).await;
    let jobs = finals(&host, &ids).await;
    assert_eq!((&jobs[0]["attempt"], &jobs[0]["state"]), (&json!(2), &json!("completed")));
    assert!(text(&jobs[1], "attempted_at") >= text(&jobs[0], "finalized_at"), "{jobs:?}");
}

#[tokio::test]
async fn one_job_of_a_tenant_does_not_wait_for_all_those_of_another() {
    let (host, _data) = host(&["--concurrency", "1"]).await;
    let of = |tenant: &str| json!({ "task": "noop", "fairness_key": tenant });
    let mut jobs = vec![of("large"); 100];
    jobs.push(of("small"));
    let jobs = finals(&host, &submit_together(&host, jobs).await).await;
    let (small, large) = jobs.split_last().unwrap();
    let before = large.iter().filter(|job| text(job, "attempted_at") < text(small, "attempted_at")).count();
    assert!(before <= 2, "{before} of the large tenant's jobs were started before");
}

#[tokio::test]
async fn a_paused_task_waits_in_every_queue_and_others_run() {
    let (host, _data) = host(&[]).await;
    host.put("/v1/tasks/echo", &json!({ "paused": true })).await;
    let held = host.post("/v1/jobs", &json!({ "task": "echo", "queue": "mail" })).await;
    host.run_job(&json!({ "task": "noop", "queue": "mail" })).await;
    let id = held["id"].as_str().unwrap();
    assert_eq!(host.get(&format!("/v1/jobs/{id}")).await["state"], "available");
    host.put("/v1/tasks/echo", &json!({ "paused": false })).await;
    assert_eq!(host.wait_final(id).await["state"], "completed");
}

#[tokio::test]
async fn the_grace_after_a_cancel_is_set_for_a_task_and_cleared() {
    let (host, _data) = host(&[]).await;
    let set = async |grace: Value| host.put("/v1/tasks/echo", &json!({ "cancel_grace": grace })).await;
    assert_eq!(set(json!("2m")).await["cancel_grace"], "2m");
    assert_eq!(host.put("/v1/tasks/echo", &json!({ "paused": true })).await["cancel_grace"], "2m");
    assert_eq!(set(Value::Null).await["cancel_grace"], "40s");
    let body = json!({ "cancel_grace": "25h" });
    let (status, problem) = host.call(Method::PUT, "/v1/tasks/echo", Some(&body)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(problem["errors"][0]["pointer"], "/cancel_grace");
}

#[tokio::test]
async fn a_plugin_at_its_limit_runs_one_job_after_another_until_all_are_done() {
    const SLEEP_MS: u64 = 30;
    let (host, _data) = host(&[]).await;
    host.put("/v1/plugins/misbehave/grant", &json!({ "limits": { "concurrency": 1 } })).await;
    let sleep = json!({ "task": "sleep", "input": { "ms": SLEEP_MS } });
    let jobs = finals(&host, &submit_together(&host, vec![sleep; 20]).await).await;
    for job in &jobs {
        assert_eq!((&job["state"], &job["attempt"]), (&json!("completed"), &json!(1)), "{job}");
    }
    let started = |job| text(job, "attempted_at").parse::<Timestamp>().unwrap().as_millis();
    let mut starts: Vec<u64> = jobs.iter().map(started).collect();
    starts.sort_unstable();
    // None begins before the one before it has slept.
    assert!(starts.windows(2).all(|pair| pair[1] - pair[0] >= SLEEP_MS), "{starts:?}");
}

#[tokio::test]
async fn wrong_fields_are_named() {
    let (host, _data) = host(&[]).await;
    for (field, value) in [
        ("concurrency_key", json!("")),
        ("strict_order", json!(true)),
        ("fairness_key", json!(7)),
        ("fairness_weight", json!(0)),
    ] {
        let job = json!({ "task": "noop", "fairness_key": "f", field: value });
        let (status, problem) = host.call(Method::POST, "/v1/jobs", Some(&job)).await;
        let pointer = json!(format!("/{field}"));
        assert_eq!(
            (status, &problem["errors"][0]["pointer"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &pointer),
            "{problem}"
        );
    }
}
