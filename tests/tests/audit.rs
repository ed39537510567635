//! The audit log of a host: each change has its entry, refused and unrecorded requests have none.

use std::collections::BTreeSet;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use taskbox_tests::binaries;
use taskbox_tests::host::TestHost;
use tempfile::TempDir;
use tokio::process::Command;

/// Operations that change something and that the log does not record: submissions, and events of third parties.
const UNRECORDED: [&str; 5] = [
    "POST /v1/events",
    "POST /v1/jobs",
    "POST /v1/jobs/batch",
    "POST /v1/jobs/{id}/events/{name}",
    "POST /v1/orders",
];

/// Operations on tokens, which [`tokens_are_recorded_without_themselves`] tries: the first token closes the host.
const OF_TOKENS: [&str; 2] = ["POST /v1/tokens", "DELETE /v1/tokens/{id}"];

/// A valid request for each operation that changes something: operation, path, body, and the action of its entry. `{job}`
/// stands for a job that waits, `{operation}` for an operation. They are sent in this order.
fn changes() -> Vec<(&'static str, &'static str, Value, &'static str)> {
    let none = Value::Null;
    vec![
        ("PUT /v1/plugins/{name}", "/v1/plugins/misbehave", none.clone(), "plugin.upload"),
        (
            "PUT /v1/plugins/{name}/active",
            "/v1/plugins/misbehave/active",
            json!({ "version": 1 }),
            "plugin.activate",
        ),
        ("PUT /v1/plugins/{name}/grant", "/v1/plugins/misbehave/grant", json!({}), "grant.write"),
        ("DELETE /v1/plugins/{name}", "/v1/plugins/misbehave", none.clone(), "plugin.remove"),
        ("PUT /v1/secrets/{name}", "/v1/secrets/key", json!({ "value": "hidden-value" }), "secret.write"),
        ("DELETE /v1/secrets/{name}", "/v1/secrets/key", none.clone(), "secret.remove"),
        ("PUT /v1/queues/{name}", "/v1/queues/mail", json!({ "paused": true }), "queue.configure"),
        ("PUT /v1/tasks/{name}", "/v1/tasks/send", json!({ "concurrency": 3 }), "task.configure"),
        ("PUT /v1/schedules/{name}", "/v1/schedules/nightly", schedule(), "schedule.write"),
        ("DELETE /v1/schedules/{name}", "/v1/schedules/nightly", none.clone(), "schedule.remove"),
        ("POST /v1/jobs/{id}/cancel", "/v1/jobs/{job}/cancel", none.clone(), "job.cancel"),
        ("POST /v1/jobs/{id}/retry", "/v1/jobs/{job}/retry", none.clone(), "job.retry"),
        ("DELETE /v1/jobs/{id}", "/v1/jobs/{job}", none, "job.delete"),
        ("POST /v1/jobs/bulk", "/v1/jobs/bulk", retry(), "job.retry"),
        ("POST /v1/operations", "/v1/operations", retry(), "job.retry"),
        ("POST /v1/operations/{id}/stop", "/v1/operations/{operation}/stop", json!({}), "operation.stop"),
        ("POST /v1/backup", "/v1/backup", json!({}), "backup.take"),
    ]
}

fn retry() -> Value {
    json!({ "action": "retry", "filter": { "task": "wait" } })
}

fn schedule() -> Value {
    json!({ "every": "1h", "job": { "task": "wait", "input": 1, "allow_unknown_task": true } })
}

fn job() -> Value {
    json!({ "task": "wait", "input": 1, "delay": "1h", "allow_unknown_task": true })
}

/// A host without tokens.
struct Open {
    host: TestHost,
    _data: TempDir,
}

impl Open {
    async fn start(settings: &str) -> Self {
        let data = tempfile::tempdir().unwrap();
        Self { host: TestHost::start_with(data.path(), settings).await, _data: data }
    }

    async fn entries(&self, query: &str) -> Vec<Value> {
        self.host.get(&format!("/v1/audit{query}")).await["items"].as_array().unwrap().clone()
    }
}

/// The operations of the description that change something.
async fn changing(host: &TestHost) -> BTreeSet<String> {
    let document = host.get("/v1/openapi.json").await;
    let paths = document["paths"].as_object().unwrap();
    let of_path = |(path, item): (&String, &Value)| {
        let methods: Vec<_> = item.as_object().unwrap().keys().map(|method| method.to_uppercase()).collect();
        methods
            .into_iter()
            .filter(|method| method != "GET")
            .map(|method| format!("{method} {path}"))
            .collect()
    };
    paths.iter().flat_map::<Vec<String>, _>(of_path).collect()
}

#[tokio::test]
async fn each_change_has_an_entry() {
    let open = Open::start("").await;
    let changes = changes();
    let of_table = changes.iter().map(|(operation, ..)| *operation);
    let known: BTreeSet<String> = of_table.chain(OF_TOKENS).chain(UNRECORDED).map(str::to_owned).collect();
    assert_eq!(changing(&open.host).await, known, "each operation is here, with a request");

    let job = open.host.post("/v1/jobs", &job()).await["id"].as_str().unwrap().to_owned();
    assert_eq!(open.entries("").await, Vec::<Value>::new(), "a submission has no entry");
    for (number, (operation, path, body, action)) in changes.into_iter().enumerate() {
        let method: Method = operation.split(' ').next().unwrap().parse().unwrap();
        let operations = open.host.get("/v1/operations").await;
        let operation_id = operations["items"][0]["id"].as_str().unwrap_or_default();
        let path = path.replace("{job}", &job).replace("{operation}", operation_id);
        let request =
            open.host.request(method, &path).header("user-agent", "case").header("x-request-id", "r-1");
        let request = match &body {
            _ if action == "plugin.upload" => request.body(binaries::plugin("misbehave")),
            Value::Null => request,
            body => request.json(body),
        };
        let answer = request.send().await.unwrap();
        assert!(answer.status().is_success(), "{operation}: {}", answer.text().await.unwrap());
        let entries = open.entries("").await;
        assert_eq!(entries.len(), number + 1, "{operation}");
        let entry = &entries[0];
        assert_eq!(entry["action"], action, "{operation}");
        let is_of_many = ["POST /v1/jobs/bulk", "POST /v1/operations"].contains(&operation);
        let resource = if is_of_many { "jobs" } else { &path["/v1/".len()..] };
        assert_eq!(entry["resource"], resource, "{operation}");
        assert_eq!((&entry["number"], &entry["outcome"]), (&json!(number + 1), &json!("done")));
        assert_eq!((&entry["address"], &entry["user_agent"]), (&json!("127.0.0.1"), &json!("case")));
        assert_eq!((&entry["request_id"], &entry["actor"]), (&json!("r-1"), &Value::Null));
        assert!(!entry["before"].is_null() || !entry["after"].is_null(), "{entry}");
        assert!(!entry.to_string().contains("hidden-value"), "{entry}");
    }
}

#[tokio::test]
async fn tokens_are_recorded_without_themselves() {
    let open = Open::start("").await;
    let first = open.host.post("/v1/tokens", &json!({ "name": "ops", "scopes": ["operate"] })).await;
    let secret = first["token"].as_str().unwrap();
    let call = async |method: Method, path: &str, body: Option<&Value>| {
        let request = open.host.request(method, path).bearer_auth(secret);
        let answer = if let Some(body) = body { request.json(body) } else { request }.send().await.unwrap();
        assert!(answer.status().is_success(), "{path}");
        serde_json::from_str::<Value>(&answer.text().await.unwrap()).unwrap_or_default()
    };
    let ci = call(Method::POST, "/v1/tokens", Some(&json!({ "name": "ci", "scopes": ["submit"] }))).await;
    let path = format!("/v1/tokens/{}", ci["id"].as_str().unwrap());
    call(Method::DELETE, &path, None).await;
    let log = call(Method::GET, "/v1/audit", None).await;
    let entries = log["items"].as_array().unwrap();
    let said: Vec<_> =
        entries.iter().map(|entry| (entry["action"].as_str().unwrap(), &entry["actor"])).collect();
    let (ops, none) = (json!("ops"), Value::Null);
    assert_eq!(said, [("token.revoke", &ops), ("token.create", &ops), ("token.create", &none)]);
    assert!(entries.iter().take(2).all(|entry| entry["resource"] == path["/v1/".len()..]));
    assert_eq!((&entries[1]["after"]["name"], &entries[0]["before"]["name"]), (&json!("ci"), &json!("ci")));
    for made in [&first, &ci] {
        assert!(!log.to_string().contains(made["token"].as_str().unwrap()), "{log}");
    }
}

#[tokio::test]
async fn an_entry_has_what_was_before_and_is_after() {
    let open = Open::start("").await;
    open.host.put("/v1/queues/mail", &json!({ "concurrency": 1 })).await;
    open.host.put("/v1/queues/mail", &json!({ "concurrency": 2 })).await;
    let entry = open.entries("").await.remove(0);
    let settings = |concurrency| json!({ "paused": false, "concurrency": concurrency, "rate": null, "key_concurrency": null });
    assert_eq!((&entry["before"], &entry["after"]), (&settings(1), &settings(2)));
}

#[tokio::test]
async fn an_act_on_many_jobs_is_one_entry_and_a_refused_change_none() {
    let open = Open::start("").await;
    for _ in 0..3 {
        open.host.post("/v1/jobs", &job()).await;
    }
    let all = json!({ "action": "cancel", "filter": { "task": "wait" } });
    open.host.post("/v1/jobs/bulk", &all).await;
    let wrong = open.host.call(Method::PUT, "/v1/queues/mail", Some(&json!({ "concurrency": 0 }))).await;
    assert_eq!(wrong.0, StatusCode::UNPROCESSABLE_ENTITY);
    let entries = open.entries("").await;
    assert_eq!(entries.len(), 1, "{entries:?}");
    let after = &entries[0]["after"];
    assert_eq!((&after["filter"]["task"], &after["changed"]), (&json!("wait"), &json!(3)));
}

#[tokio::test]
async fn entries_are_filtered_paged_exported_and_kept_within_bounds() {
    let open = Open::start("retention_audit_count = 4").await;
    for number in 0..6 {
        open.host.put(&format!("/v1/queues/q{}", number % 2), &json!({ "concurrency": number + 1 })).await;
    }
    let numbers = |entries: Vec<Value>| {
        entries.iter().map(|entry| entry["number"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(numbers(open.entries("").await), [6, 5, 4, 3]);
    assert_eq!(numbers(open.entries("?resource=queues/q0").await), [5, 3]);
    assert_eq!(numbers(open.entries("?resource=queues&action=queue.configure").await), [6, 5, 4, 3]);
    assert!(open.entries("?actor=ops").await.is_empty());
    let first = open.host.get("/v1/audit?limit=3").await;
    let next = format!("?limit=3&cursor={}", first["next_cursor"].as_str().unwrap());
    assert_eq!(numbers(open.entries(&next).await), [3]);
    let export = Command::new(binaries::taskbox())
        .args(["audit", "export", "--host", &open.host.url, "--resource", "queues/q1"])
        .output()
        .await
        .unwrap();
    let lines = String::from_utf8(export.stdout).unwrap();
    let exported = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(numbers(exported), [6, 4]);
}
