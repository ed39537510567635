//! Chains and batches over HTTP.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use taskbox_tests::binaries;
use taskbox_tests::host::TestHost;

/// A job that no plugin will run, with further fields.
fn job(more: Value) -> Value {
    let mut job = json!({ "task": "nobody", "allow_unknown_task": true, "delay": "1h" });
    let (Some(fields), Value::Object(more)) = (job.as_object_mut(), more) else {
        panic!("these are objects")
    };
    fields.extend(more);
    job
}

fn id(job: &Value) -> &str {
    job["id"].as_str().expect("a job has an id")
}

async fn cancel(host: &TestHost, job: &Value) {
    host.post(&format!("/v1/jobs/{}/cancel", id(job)), &json!({})).await;
}

#[tokio::test]
async fn a_job_shows_for_whom_it_waits_and_follows_them() {
    let data = tempfile::tempdir().unwrap();
    let host = TestHost::start(data.path(), &[]).await;
    let parent = host.post("/v1/jobs", &job(json!({}))).await;
    assert_eq!((&parent["after"], &parent["waits_for"]), (&Value::Null, &Value::Null));
    let child = host.post("/v1/jobs", &job(json!({ "after": [parent["id"]] }))).await;
    assert_eq!((&child["after"], &child["waits_for"]), (&json!([parent["id"]]), &json!(1)));
    assert_eq!((&child["after_when"], &child["after_failed"]), (&json!("all"), &json!("discard")));
    assert_eq!((&child["state"], &child["due_at"]), (&json!("scheduled"), &Value::Null));
    cancel(&host, &parent).await;
    let child = host.wait_final(id(&child)).await;
    assert_eq!((&child["state"], &child["waits_for"]), (&json!("discarded"), &json!(0)));
    assert_eq!(child["errors"][0]["kind"], json!("parent-failed"));
    let late = host.post("/v1/jobs", &job(json!({ "after": [parent["id"]] }))).await;
    assert_eq!(late["state"], json!("discarded"), "{late}");
    assert_eq!(late["errors"][0]["kind"], json!("parent-failed"));
}

#[tokio::test]
async fn a_task_reads_what_became_of_the_jobs_that_its_job_waited_for() {
    let data = tempfile::tempdir().unwrap();
    let host = TestHost::start(data.path(), &[]).await;
    host.upload("misbehave", binaries::plugin("misbehave")).await;
    let gone = host.post("/v1/jobs", &job(json!({}))).await;
    host.call(Method::DELETE, &format!("/v1/jobs/{}", id(&gone)), None).await;
    let fails = json!({ "kind": "permanent", "message": "card declined" });
    let batch = json!({
        "jobs": [
            { "task": "echo", "input": { "total": 7 } },
            { "task": "fail", "input": fails },
            { "task": "echo", "input": 1, "delay": "1h" },
            { "task": "parents", "after": ["$1", "$0"], "after_failed": "run" },
            { "task": "parents", "after": ["$2", "$0"], "after_when": "any" },
            { "task": "parents" },
        ],
        "callback": { "task": "parents" }, "callback_when": "any",
    });
    let answer = host.post("/v1/jobs/batch", &batch).await;
    let items = answer["items"].as_array().unwrap();
    let echoed = json!({
        "job_id": items[0]["id"], "task": "echo", "state": "completed", "output": { "total": 7 }, "error": null,
    });
    let failed = json!({
        "job_id": items[1]["id"], "task": "fail", "state": "discarded", "output": null, "error": "card declined",
    });
    let late = json!({
        "job_id": items[2]["id"], "task": "echo", "state": "scheduled", "output": null, "error": null,
    });
    let output = async |job: &Value| host.wait_final(id(job)).await["output"].clone();
    assert_eq!(output(&items[3]).await, json!([failed, echoed]));
    assert_eq!(output(&items[4]).await, json!([late, echoed]));
    assert_eq!(output(&items[5]).await, json!([]));
    assert_eq!(output(&answer["callback"]).await.as_array().map(Vec::len), Some(6));
}

#[tokio::test]
async fn a_chain_of_tasks_runs_in_order_also_over_a_kill() {
    let data = tempfile::tempdir().unwrap();
    let host = TestHost::start(data.path(), &[]).await;
    host.upload("misbehave", binaries::plugin("misbehave")).await;
    let link = |place: usize| match place {
        0 => json!({ "task": "echo", "input": 0 }),
        place => json!({ "task": "parents", "after": [format!("${}", place - 1)] }),
    };
    let jobs: Vec<_> = (0..40).map(link).collect();
    let answer = host.post("/v1/jobs/batch", &json!({ "jobs": jobs })).await;
    host.kill().await;
    let host = TestHost::start(data.path(), &[]).await;
    let items = answer["items"].as_array().unwrap();
    assert_eq!(host.wait_final(id(&items[39])).await["state"], json!("completed"));
    let mut ended = String::new();
    for item in items {
        let job = host.get(&format!("/v1/jobs/{}", id(item))).await;
        assert!(job["attempted_at"].as_str() >= Some(&ended), "{job}");
        ended = job["finalized_at"].as_str().unwrap().to_owned();
    }
}

#[tokio::test]
async fn places_of_a_batch_name_its_earlier_jobs_and_a_callback_waits_for_all_of_them() {
    let data = tempfile::tempdir().unwrap();
    let host = TestHost::start(data.path(), &[]).await;
    let unique = json!({ "unique": { "key": "k" } });
    let there = host.post("/v1/jobs", &job(unique.clone())).await;
    let batch = json!({
        "jobs": [job(unique.clone()), job(json!({})), job(json!({ "after": ["$0", "$1"], "after_when": "any" })), job(unique)],
        "callback": job(json!({})), "callback_when": "all",
    });
    let send = async || {
        let request =
            host.request(Method::POST, "/v1/jobs/batch").header("Idempotency-Key", "b").json(&batch);
        let response = request.send().await.unwrap();
        (response.status(), response.json::<Value>().await.unwrap())
    };
    let (status, answer) = send().await;
    assert_eq!(status, StatusCode::ACCEPTED);
    let items = answer["items"].as_array().unwrap();
    assert_eq!((items.len(), &items[0]["id"], &items[0]["duplicate"]), (4, &there["id"], &json!(true)));
    assert_eq!(items[2]["after"], json!([there["id"], items[1]["id"]]));
    let callback = &answer["callback"];
    assert_eq!(callback["after"], json!([there["id"], items[1]["id"], items[2]["id"]]));
    assert_eq!((&callback["waits_for"], &callback["after_failed"]), (&json!(3), &json!("run")));
    let (status, again) = send().await;
    assert_eq!((status, &again["callback"]["id"]), (StatusCode::OK, &callback["id"]));
    assert_eq!(again["items"].as_array().unwrap().len(), 4);
    for job in [&there, &items[1]] {
        cancel(&host, job).await;
    }
    let callback = host.get(&format!("/v1/jobs/{}", id(callback))).await;
    assert_eq!((&callback["waits_for"], &callback["state"]), (&json!(0), &json!("scheduled")));
    assert!(callback["due_at"].is_string(), "{callback}");
}

#[tokio::test]
async fn ten_thousand_jobs_have_one_callback() {
    let data = tempfile::tempdir().unwrap();
    let host = TestHost::start(data.path(), &[]).await;
    let jobs = vec![job(json!({ "tags": ["many"] })); 10_000];
    let answer = host.post("/v1/jobs/batch", &json!({ "jobs": jobs, "callback": job(json!({})) })).await;
    assert_eq!(answer["callback"]["waits_for"], json!(10_000));
    let bulk = json!({ "action": "cancel", "filter": { "tag": "many" } });
    assert_eq!(host.post("/v1/jobs/bulk", &bulk).await["changed"], json!(10_000));
    let callback = host.get(&format!("/v1/jobs/{}", id(&answer["callback"]))).await;
    assert_eq!(callback["waits_for"], json!(0));
}

#[tokio::test]
async fn a_batch_that_runs_ends_with_its_callback() {
    let data = tempfile::tempdir().unwrap();
    let host = TestHost::start(data.path(), &[]).await;
    host.upload("misbehave", binaries::plugin("misbehave")).await;
    let jobs: Vec<_> = (0..1_000).map(|number| json!({ "task": "echo", "input": number })).collect();
    let batch = json!({ "jobs": jobs, "callback": { "task": "parents" } });
    let answer = host.post("/v1/jobs/batch", &batch).await;
    let callback = host.wait_final(id(&answer["callback"])).await;
    let outputs: Vec<_> = callback["output"]
        .as_array()
        .unwrap()
        .iter()
        .map(|parent| parent["output"].as_u64().unwrap())
        .collect();
    assert!(outputs.into_iter().eq(0..1_000), "{callback}");
}

#[tokio::test]
async fn who_waits_wrongly_is_told_where() {
    let data = tempfile::tempdir().unwrap();
    let host = TestHost::start(data.path(), &[]).await;
    let known = host.post("/v1/jobs", &job(json!({}))).await;
    let known = id(&known);
    let unknown = "0198c7d2-0000-7000-8000-000000000000";
    let one = [
        (json!({ "after": [] }), "/after"),
        (json!({ "after": [known, known] }), "/after/1"),
        (json!({ "after": [known, unknown] }), "/after/1"),
        (json!({ "after": ["$0"] }), "/after/0"),
        (json!({ "after": ["x"] }), "/after/0"),
        (json!({ "after_when": "any" }), "/after_when"),
        (json!({ "after_failed": "run" }), "/after_failed"),
        (json!({ "after": [known], "after_failed": "fail" }), "/after_failed"),
        (json!({ "after": vec!["$1"; 10_001] }), "/after"),
    ];
    for (more, pointer) in one {
        let (status, problem) = host.call(Method::POST, "/v1/jobs", Some(&job(more))).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        assert_eq!(problem["errors"][0]["pointer"], json!(pointer), "{problem}");
    }
    let (after, free) = (|place: &str| job(json!({ "after": [place] })), || job(json!({})));
    let batches = [
        (json!({ "jobs": [free(), after("$1")] }), "/jobs/1/after/0"),
        (json!({ "jobs": [free(), after(unknown)] }), "/jobs/1/after/0"),
        (json!({ "jobs": [free()], "callback": after("$0") }), "/callback/after"),
        (json!({ "jobs": [free()], "callback": { "task": "no-such" } }), "/callback/task"),
        (json!({ "jobs": [{ "task": "no-such" }] }), "/jobs/0/task"),
        (json!({ "jobs": [free()], "callback_when": "all" }), "/callback_when"),
        (json!({ "jobs": vec![free(); 10_001] }), "/jobs"),
    ];
    for (batch, pointer) in batches {
        let (status, problem) = host.call(Method::POST, "/v1/jobs/batch", Some(&batch)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        assert_eq!(problem["errors"][0]["pointer"], json!(pointer), "{problem}");
    }
    let schedule = json!({ "every": "1h", "job": after(known) });
    let (_, problem) = host.call(Method::PUT, "/v1/schedules/s", Some(&schedule)).await;
    assert_eq!(problem["errors"][0]["pointer"], json!("/job/after"), "{problem}");
    assert_eq!(host.get("/v1/jobs").await["items"].as_array().map(Vec::len), Some(1));
}
