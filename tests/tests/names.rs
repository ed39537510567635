//! Names of queues and tasks: those that no plugin offers, those beyond the limit, and lists of them.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use taskbox_tests::binaries;
use taskbox_tests::host::TestHost;
use tempfile::TempDir;

/// A host with these settings.
async fn host(settings: &str) -> (TestHost, TempDir) {
    let place = tempfile::tempdir().unwrap();
    (TestHost::start_with(place.path(), settings).await, place)
}

async fn upload(host: &TestHost) {
    let (status, answer) = host.upload("misbehave", binaries::plugin("misbehave")).await;
    assert!(status.is_success(), "{answer}");
}

fn later(task: &str, queue: &str) -> Value {
    json!({ "task": task, "queue": queue, "allow_unknown_task": true, "delay": "1h" })
}

async fn refused(host: &TestHost, path: &str, body: &Value) -> (String, String) {
    let (status, problem) = host.call(Method::POST, path, Some(body)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    let error = &problem["errors"][0];
    let text = |field: &str| error[field].as_str().unwrap().to_owned();
    (text("pointer"), text("detail"))
}

/// All names of a list, read in pages of two.
async fn names(host: &TestHost, path: &str) -> Vec<String> {
    let (mut names, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = host.get(&format!("{path}?limit=2{cursor}")).await;
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 2);
        names.extend(items.iter().map(|item| item["name"].as_str().unwrap().to_owned()));
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return names,
        }
    }
}

#[tokio::test]
async fn a_job_of_a_task_that_nobody_offers_waits_for_an_upload_and_costs_no_attempt() {
    let (host, _data) = host("").await;
    let job = host.post("/v1/jobs", &json!({ "task": "echo", "input": 1, "allow_unknown_task": true })).await;
    let id = job["id"].as_str().unwrap();
    assert_eq!(job["held_by"], "unknown-task", "said at once");
    // The host has looked for work when this one is complete.
    upload_other(&host).await;
    let waits = host.get(&format!("/v1/jobs/{id}")).await;
    assert_eq!((&waits["state"], &waits["held_by"]), (&json!("available"), &json!("unknown-task")));
    assert_eq!(host.get("/v1/jobs?task=echo").await["items"][0]["held_by"], "unknown-task");
    let mut events = host.request(Method::GET, &format!("/v1/jobs/{id}/events")).send().await.unwrap();
    let told = events.chunk().await.unwrap().expect("its state at once");
    let told = String::from_utf8(told.to_vec()).unwrap();
    assert!(told.contains(r#""held_by":"unknown-task""#), "{told}");
    let task = &host.get("/v1/tasks").await["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|t| t["name"] == "echo")
        .cloned();
    assert_eq!(task.as_ref().unwrap()["offered"], false);
    upload(&host).await;
    let done = host.wait_final(id).await;
    assert_eq!(
        (&done["state"], &done["attempt"], &done["held_by"]),
        (&json!("completed"), &json!(1), &Value::Null)
    );
    assert_eq!(done["errors"], json!([]));
}

/// Uploads a plugin of another task and runs a job of it, which fails for want of a grant.
async fn upload_other(host: &TestHost) {
    let (status, answer) = host.upload("create-order", binaries::plugin("create-order")).await;
    assert!(status.is_success(), "{answer}");
    let input = json!({ "order_id": "o", "user_id": "u", "payment_intent_id": "p" });
    host.run_job(&json!({ "task": "create-order", "input": input, "max_attempts": 1 })).await;
}

#[tokio::test]
async fn a_submitter_invents_so_many_names_and_no_more() {
    let (host, _data) = host("names = 2\n").await;
    for name in ["a", "b", "a"] {
        host.post("/v1/jobs", &later(name, name)).await;
    }
    let (pointer, detail) = refused(&host, "/v1/jobs", &later("a", "c")).await;
    assert_eq!(pointer, "/queue");
    assert!(detail.contains("\"c\" would be a new queue name") && detail.contains("`names`"), "{detail}");
    let batch = json!({ "jobs": [later("a", "b"), later("c", "b")] });
    assert_eq!(refused(&host, "/v1/jobs/batch", &batch).await.0, "/jobs/1/task");
    // The default queue, the names of a plugin and those of an operator do not count.
    upload(&host).await;
    host.post("/v1/jobs", &json!({ "task": "noop", "delay": "1h" })).await;
    host.put("/v1/queues/c", &json!({ "concurrency": 5 })).await;
    let third = host.post("/v1/jobs", &later("a", "c")).await;
    assert_eq!(names(&host, "/v1/queues").await, ["a", "b", "c", "default"]);
    // A name is dropped with its last job and its settings.
    let path = format!("/v1/jobs/{}", third["id"].as_str().unwrap());
    assert_eq!(host.call(Method::DELETE, &path, None).await.0, StatusCode::NO_CONTENT);
    host.put("/v1/queues/c", &json!({ "concurrency": null })).await;
    assert_eq!(refused(&host, "/v1/jobs", &later("a", "c")).await.0, "/queue");
    assert_eq!(names(&host, "/v1/queues").await, ["a", "b", "default"]);
}

#[tokio::test]
async fn queues_and_tasks_are_listed_in_pages_by_name() {
    let (host, _data) = host("").await;
    let all: Vec<String> = ["q1", "q2", "q3", "q4", "q5"].map(str::to_owned).into();
    let jobs: Vec<Value> = all.iter().rev().map(|name| later(name, name)).collect();
    host.post("/v1/jobs/batch", &json!({ "jobs": jobs })).await;
    assert_eq!(names(&host, "/v1/queues").await, all);
    assert_eq!(names(&host, "/v1/tasks").await, all);
    upload_other(&host).await;
    let listed = names(&host, "/v1/tasks").await;
    assert!(listed.is_sorted() && listed.len() > all.len(), "{listed:?}");
    let (status, _) = host.call(Method::GET, "/v1/queues?cursor=x", None).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
}
