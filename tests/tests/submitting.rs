//! Tasks that submit jobs.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use taskbox_tests::binaries;
use taskbox_tests::host::TestHost;
use taskbox_tests::patience::until;
use tempfile::TempDir;

/// A host whose plugin may submit these tasks.
async fn host(submit: Value) -> (TestHost, TempDir) {
    let data = tempfile::tempdir().unwrap();
    let host = TestHost::start(data.path(), &[]).await;
    host.put("/v1/plugins/misbehave/grant", &json!({ "submit": submit })).await;
    let (status, answer) = host.upload("misbehave", binaries::plugin("misbehave")).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    (host, data)
}

fn steps(count: usize) -> Vec<String> {
    (0..count).map(|number| format!("s{number}")).collect()
}

async fn fan_out(host: &TestHost, input: Value) -> Value {
    host.run_job(&json!({ "task": "fan-out", "input": input, "max_attempts": 3 })).await
}

#[tokio::test]
async fn a_step_submits_once_over_attempts_and_a_retry_by_a_person() {
    let (host, _data) = host(json!(["echo"])).await;
    let input = json!({ "task": "echo", "steps": steps(5), "input": { "a": 1 }, "fail_behind": 3 });
    let job = fan_out(&host, input).await;
    assert_eq!((&job["state"], &job["attempt"]), (&json!("completed"), &json!(2)), "{job}");
    let ids = job["output"].as_array().unwrap();
    assert_eq!(ids.len(), 5);

    let id = job["id"].as_str().unwrap();
    let submitted = host.get(&format!("/v1/jobs/{id}/submitted")).await;
    let listed: Vec<_> = submitted["items"].as_array().unwrap().iter().map(|item| &item["job_id"]).collect();
    assert_eq!(listed, ids.iter().collect::<Vec<_>>(), "{submitted}");
    let child = host.wait_final(ids[0].as_str().unwrap()).await;
    assert_eq!((&child["output"], &child["submitted_by"]), (&json!({ "a": 1 }), &json!(id)), "{child}");

    host.call(Method::DELETE, &format!("/v1/jobs/{}", ids[0].as_str().unwrap()), None).await;
    host.post(&format!("/v1/jobs/{id}/retry"), &json!({})).await;
    assert_eq!(host.wait_final(id).await["output"], job["output"], "a retry submits nothing anew");
    let all = host.get("/v1/jobs?task=echo").await;
    assert_eq!(all["items"].as_array().unwrap().len(), 4, "{all}");
}

#[tokio::test]
async fn a_job_waits_for_those_that_it_submitted_and_reads_their_results() {
    let (host, _data) = host(json!(["echo", "fail"])).await;
    let input = json!({ "task": "echo", "steps": steps(20), "wait_ms": 60_000 });
    let job = fan_out(&host, input).await;
    let mut states = vec!["completed"; 20];
    states.push("all: true");
    assert_eq!((&job["output"], &job["attempt"]), (&json!(states), &json!(1)), "{job}");

    let input = json!({ "task": "echo", "steps": ["s"], "options": { "delay": "1h" }, "wait_ms": 1_000 });
    let job = fan_out(&host, input).await;
    assert_eq!(job["output"], json!(["scheduled", "all: false"]), "{job}");
}

#[tokio::test]
async fn a_cancel_takes_submitted_jobs_along_if_it_is_to() {
    let (host, _data) = host(json!(["echo", "fan-out"])).await;
    let grandchildren =
        json!({ "task": "echo", "steps": ["x"], "options": { "delay": "1h" }, "wait_ms": 3_600_000 });
    let input =
        json!({ "task": "fan-out", "steps": ["a", "b"], "input": grandchildren, "wait_ms": 3_600_000 });
    let job = host.post("/v1/jobs", &json!({ "task": "fan-out", "input": input })).await;
    let id = job["id"].as_str().unwrap();
    until("all wait", async || {
        let waiting = host.get("/v1/jobs?state=scheduled").await;
        (waiting["items"].as_array().unwrap().len() == 5).then_some(())
    })
    .await;
    host.post(&format!("/v1/jobs/{id}/cancel?submitted=true"), &json!({})).await;
    let cancelled = host.get("/v1/jobs?state=cancelled").await;
    assert_eq!(cancelled["items"].as_array().unwrap().len(), 5, "{cancelled}");
}

#[tokio::test]
async fn options_are_those_of_a_submission() {
    let (host, _data) = host(json!(["ech*"])).await;
    let options = json!({ "queue": "slow", "delay": "1h", "tags": ["x"], "priority": 7 });
    let job = fan_out(&host, json!({ "task": "echo", "steps": ["s"], "options": options })).await;
    let child = host.get(&format!("/v1/jobs/{}", job["output"][0].as_str().unwrap())).await;
    let shown = (&child["queue"], &child["tags"], &child["priority"], &child["state"]);
    assert_eq!(shown, (&json!("slow"), &json!(["x"]), &json!(7), &json!("scheduled")), "{child}");
}

async fn refusal(host: &TestHost, input: Value) -> String {
    let job = fan_out(host, input).await;
    assert_eq!((&job["state"], &job["attempt"]), (&json!("discarded"), &json!(1)), "{job}");
    job["errors"][0]["message"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn what_is_not_granted_or_wrong_is_refused_with_the_reason() {
    let (host, _data) = host(json!(["echo", "unknown"])).await;
    let refused = refusal(&host, json!({ "task": "noop", "steps": ["s"] })).await;
    assert!(refused.contains(r#"add "submit": ["noop"] to it"#), "{refused}");
    let refused = refusal(&host, json!({ "task": "unknown", "steps": ["s"] })).await;
    assert!(refused.contains("no active plugin offers the task unknown"), "{refused}");
    for (options, reason) in [
        (json!({ "priority": 101, "max_attempts": 0 }), "/priority: must be from -100 to 100; /max_attempts"),
        (json!({ "colour": 1 }), "/colour"),
        (json!({ "task": "noop" }), "/task"),
        (json!({ "callback_url": "https://evil.example/hook" }), "names no host https://evil.example"),
        (
            json!({ "after": ["01890000-0000-7000-8000-000000000000"] }),
            "must name a job that this job submitted",
        ),
    ] {
        let refused = refusal(&host, json!({ "task": "echo", "steps": ["s"], "options": options })).await;
        assert!(refused.contains(reason), "{refused}");
    }
    let refused = refusal(&host, json!({ "task": "echo", "steps": ["x".repeat(129)] })).await;
    assert!(refused.contains("1 to 128 bytes"), "{refused}");
    let all = host.get("/v1/jobs?task=echo").await;
    assert_eq!(all["items"], json!([]), "nothing was stored");
}

#[tokio::test]
async fn a_task_that_submits_a_thousand_jobs_and_is_killed_twice_submits_exactly_a_thousand() {
    let (mut host, data) = host(json!(["echo"])).await;
    let input = json!({ "task": "echo", "steps": steps(1_000), "options": { "delay": "1h" } });
    let job = host.post("/v1/jobs", &json!({ "task": "fan-out", "input": input, "max_attempts": 9 })).await;
    let id = job["id"].as_str().unwrap().to_owned();
    for at_least in [100, 500] {
        until("some are submitted", async || {
            let submitted = host.get(&format!("/v1/jobs/{id}/submitted")).await;
            (submitted["items"].as_array().unwrap().len() >= at_least).then_some(())
        })
        .await;
        host.kill().await;
        host = TestHost::start(data.path(), &[]).await;
    }
    let job = host.wait_final(&id).await;
    assert_eq!(job["output"].as_array().unwrap().len(), 1_000, "{job}");
    let queue = host.get("/v1/queues/default").await;
    assert_eq!(queue["counts"]["scheduled"], json!(1_000), "{queue}");
}
