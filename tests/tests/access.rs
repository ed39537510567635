//! Access control on a host with tokens: each scope, on jobs of the same token and of others.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use taskbox::domain::Digest;
use taskbox_tests::binaries;
use taskbox_tests::host::{PATIENCE, TestHost};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const NO_SUCH_ID: &str = "01890a5d-ac96-774b-bcce-b302099a8057";

/// The tokens of the host: name, secret, scopes. Two of them have one name.
const TOKENS: [(&str, &str, &[&str]); 16] = [
    ("shop", "shop", &["submit"]),
    ("shop", "shop-anew", &["submit"]),
    ("mail", "mail", &["submit"]),
    ("watch", "watch", &["read"]),
    ("ops", "ops", &["operate"]),
    ("boss", "boss", &["submit", "operate"]),
    ("idle", "idle", &[]),
    ("fine", "jobs:cancel", &["jobs:cancel"]),
    ("fine", "jobs:retry", &["jobs:retry"]),
    ("fine", "jobs:delete", &["jobs:delete"]),
    ("fine", "plugins", &["plugins"]),
    ("fine", "secrets", &["secrets"]),
    ("fine", "queues", &["queues"]),
    ("fine", "schedules", &["schedules"]),
    ("fine", "tokens", &["tokens"]),
    ("fine", "audit", &["audit"]),
];

/// The scopes below `operate`, each of a token whose secret is its name.
const FINER: [&str; 9] = [
    "jobs:cancel",
    "jobs:retry",
    "jobs:delete",
    "plugins",
    "secrets",
    "queues",
    "schedules",
    "tokens",
    "audit",
];

/// A host with these tokens.
struct Guarded {
    host: TestHost,
    _data: TempDir,
}

impl Guarded {
    async fn start() -> Self {
        let data = tempfile::tempdir().unwrap();
        let token = |(name, secret, scopes): (&str, &str, &[&str])| {
            let digest = Digest::of(secret.as_bytes());
            format!("[[tokens]]\nname = {name:?}\ndigest = \"{digest}\"\nscopes = {scopes:?}\n")
        };
        let host = TestHost::start_with(data.path(), &TOKENS.map(token).concat()).await;
        Self { host, _data: data }
    }

    /// Calls with the token of this secret.
    async fn call(
        &self,
        secret: &str,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        let request = self.host.request(method, path).bearer_auth(secret);
        let request = if let Some(body) = &body { request.json(body) } else { request };
        let response = request.send().await.unwrap();
        let status = response.status();
        let text = response.text().await.unwrap();
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    async fn get(&self, secret: &str, path: &str) -> (StatusCode, Value) {
        self.call(secret, Method::GET, path, None).await
    }

    async fn post(&self, secret: &str, path: &str, body: Value) -> (StatusCode, Value) {
        self.call(secret, Method::POST, path, Some(body)).await
    }

    /// Submits a job that never runs, with these fields; its id.
    async fn submit(&self, secret: &str, fields: Value) -> String {
        let (status, job) = self.post(secret, "/v1/jobs", job(fields)).await;
        assert_eq!(status, StatusCode::ACCEPTED, "{job}");
        job["id"].as_str().unwrap().to_owned()
    }

    async fn state(&self, id: &str) -> Value {
        self.get("watch", &format!("/v1/jobs/{id}")).await.1["state"].clone()
    }

    async fn count(&self) -> usize {
        self.get("watch", "/v1/jobs").await.1["items"].as_array().unwrap().len()
    }
}

/// A job that waits for an hour, with these fields.
fn job(fields: Value) -> Value {
    let mut job =
        json!({ "task": "wait", "input": { "card": 4242 }, "delay": "1h", "allow_unknown_task": true });
    job.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    job
}

/// Operations that ask for no token: the key of a one-time URL is the right to send one event.
const WITHOUT_TOKEN: [(&str, &str); 1] = [("POST", "/v1/events")];

#[tokio::test]
async fn every_operation_asks_for_the_scope_that_its_description_names() {
    let guarded = Guarded::start().await;
    let document = guarded.host.get("/v1/openapi.json").await;
    for (template, item) in document["paths"].as_object().unwrap() {
        let id = if template.starts_with("/v1/tokens") { "0123456789abcdef" } else { NO_SUCH_ID };
        let path = template.replace("{id}", id).replace("{name}", "none");
        for (method, operation) in item.as_object().unwrap() {
            let method: Method = method.to_uppercase().parse().unwrap();
            let needs = operation["security"].as_array().expect("every operation says what it needs");
            let scopes: Vec<&str> = needs.iter().filter_map(|need| need["token"][0].as_str()).collect();
            let (status, _) = guarded.host.call(method.clone(), &path, None).await;
            if WITHOUT_TOKEN.contains(&(method.as_str(), path.as_str())) {
                assert!(scopes.is_empty(), "{method} {path}");
                assert_ne!(status, StatusCode::UNAUTHORIZED, "{method} {path}");
                continue;
            }
            assert!(!scopes.is_empty(), "{method} {path}");
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{method} {path}");
            let finer = FINER.map(|scope| (scope, scope));
            let coarse = [("submit", "mail"), ("read", "watch"), ("operate", "ops"), ("", "idle")];
            for (scope, secret) in coarse.into_iter().chain(finer) {
                let (status, answer) = guarded.call(secret, method.clone(), &path, None).await;
                let is_allowed = scopes.contains(&scope);
                assert_eq!(status != StatusCode::FORBIDDEN, is_allowed, "{scope} {method} {path} {answer}");
            }
        }
    }
}

#[tokio::test]
async fn the_description_names_the_tasks_to_callers_with_a_scope_alone() {
    let guarded = Guarded::start().await;
    let upload = guarded.host.request(Method::PUT, "/v1/plugins/misbehave").bearer_auth("ops");
    assert!(upload.body(binaries::plugin("misbehave")).send().await.unwrap().status().is_success());
    for (secret, sees) in [("shop", true), ("watch", true), ("ops", true), ("idle", false), ("nobody", false)]
    {
        let (status, document) = guarded.get(secret, "/v1/openapi.json").await;
        let described = &document["components"]["schemas"]["task.typed.input"];
        assert_eq!((status, described.is_object()), (StatusCode::OK, sees), "{secret}");
    }
}

#[tokio::test]
async fn pages_and_metrics_ask_for_a_scope_and_probes_for_none() {
    let guarded = Guarded::start().await;
    for path in ["/healthz", "/readyz", "/v1/openapi.json"] {
        assert_eq!(guarded.host.call(Method::GET, path, None).await.0, StatusCode::OK, "{path}");
    }
    for path in ["/", "/orders", "/jobs", "/plugins", "/metrics", "/tokens", "/audit"] {
        assert_eq!(guarded.host.call(Method::GET, path, None).await.0, StatusCode::UNAUTHORIZED, "{path}");
        assert_eq!(guarded.get("mail", path).await.0, StatusCode::FORBIDDEN, "{path}");
        let reader = if path == "/tokens" || path == "/audit" { &path[1..] } else { "watch" };
        for secret in [reader, "ops"] {
            assert_eq!(guarded.get(secret, path).await.0, StatusCode::OK, "{secret} {path}");
        }
    }
}

/// Also the pages: a token that may only look is offered nothing that it may not do.
#[tokio::test]
async fn read_sees_no_button_and_changes_nothing() {
    let guarded = Guarded::start().await;
    let pages =
        ["/", "/orders", "/jobs", "/failures", "/operations", "/queues", "/tasks", "/schedules", "/plugins"];
    for path in pages {
        let (status, page) = guarded.get("watch", path).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        let page = page.as_str().unwrap();
        assert!(!page.contains("method=\"post\"") && !page.contains("data-upload"), "{path} {page}");
        assert!(!page.contains("href=\"/tokens\"") && !page.contains("href=\"/audit\""), "{path} {page}");
    }
    assert!(guarded.get("boss", "/orders").await.1.as_str().unwrap().contains("method=\"post\""));
    let document = guarded.host.get("/v1/openapi.json").await;
    for (template, item) in document["paths"].as_object().unwrap() {
        let path = template.replace("{id}", NO_SUCH_ID).replace("{name}", "none");
        for method in item.as_object().unwrap().keys().filter(|method| *method != "get") {
            let method: Method = method.to_uppercase().parse().unwrap();
            let (status, _) = guarded.call("watch", method.clone(), &path, None).await;
            let needs_no_token = WITHOUT_TOKEN.contains(&(method.as_str(), path.as_str()));
            assert_eq!(status == StatusCode::FORBIDDEN, !needs_no_token, "{method} {path}");
        }
    }
    let acts =
        ["/orders", "/jobs/act", "/jobs/act-on-all", "/queues/mail", "/tasks/wait", "/plugins/none/remove"];
    for path in acts.into_iter().chain(["/tokens", "/tokens/0123456789abcdef/revoke"]) {
        assert_eq!(guarded.post("watch", path, json!({})).await.0, StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test]
async fn a_finer_scope_acts_on_all_jobs_and_sees_only_their_states() {
    let guarded = Guarded::start().await;
    let id = guarded.submit("shop", json!({})).await;
    for (secret, state) in [("jobs:cancel", "cancelled"), ("jobs:retry", "scheduled")] {
        let action = secret.strip_prefix("jobs:").unwrap();
        let (status, job) = guarded.post(secret, &format!("/v1/jobs/{id}/{action}"), json!({})).await;
        assert_eq!((status, &job), (StatusCode::OK, &json!({ "id": id, "state": job["state"] })));
        assert!(action != "cancel" || job["state"] == state, "{job}");
    }
    let bulk = |action: &str| json!({ "action": action, "filter": { "task": "wait" } });
    let (status, done) = guarded.post("jobs:cancel", "/v1/jobs/bulk", bulk("cancel")).await;
    assert_eq!((status, &done["changed"]), (StatusCode::OK, &json!(1)));
    assert_eq!(guarded.post("jobs:cancel", "/v1/jobs/bulk", bulk("delete")).await.0, StatusCode::FORBIDDEN);
    let (status, _) = guarded.call("jobs:delete", Method::DELETE, &format!("/v1/jobs/{id}"), None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn submit_reaches_its_own_jobs_by_id_also_with_a_new_token_of_its_name() {
    let guarded = Guarded::start().await;
    let id = guarded.submit("shop", json!({})).await;
    for secret in ["shop", "shop-anew"] {
        let (status, job) = guarded.get(secret, &format!("/v1/jobs/{id}")).await;
        assert_eq!((status, &job["input"]["card"]), (StatusCode::OK, &json!(4242)));
        assert_eq!(job["submitter"], "shop");
        let (status, _) = guarded.get(secret, &format!("/v1/jobs/{id}/logs")).await;
        assert_eq!(status, StatusCode::OK);
    }
    let (status, job) = guarded.post("shop", &format!("/v1/jobs/{id}/cancel"), json!({})).await;
    assert_eq!((status, &job["state"]), (StatusCode::OK, &json!("cancelled")));
    let watched = guarded.get("shop", &format!("/v1/jobs/{id}/events")).await;
    assert!(watched.0.is_success() && watched.1.to_string().contains("cancelled"));
    let (status, job) = guarded.post("shop-anew", &format!("/v1/jobs/{id}/retry"), json!({})).await;
    assert_eq!((status, &job["submitter"]), (StatusCode::OK, &json!("shop")));
    guarded.post("shop", &format!("/v1/jobs/{id}/cancel"), json!({})).await;
    let (status, _) = guarded.call("shop", Method::DELETE, &format!("/v1/jobs/{id}"), None).await;
    assert_eq!(status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn of_a_foreign_job_submit_sees_the_id_and_the_state() {
    let guarded = Guarded::start().await;
    let id = guarded.submit("shop", json!({ "label": "secret" })).await;
    for path in [format!("/v1/jobs/{id}"), format!("/v1/jobs/{id}?wait=1ms")] {
        let seen = guarded.get("mail", &path).await;
        assert_eq!(seen, (StatusCode::OK, json!({ "id": id, "state": "scheduled" })));
    }
    for path in ["logs", "events"] {
        let (status, _) = guarded.get("mail", &format!("/v1/jobs/{id}/{path}")).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{path}");
    }
    for (method, path) in [(Method::POST, "/cancel"), (Method::POST, "/retry"), (Method::DELETE, "")] {
        let (status, problem) = guarded.call("mail", method, &format!("/v1/jobs/{id}{path}"), None).await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{path}");
        assert!(problem["detail"].as_str().unwrap().contains("scope operate"), "{problem}");
    }
    assert_eq!(guarded.get("watch", &format!("/v1/jobs/{id}")).await.1["cancel_requested"], false);
    assert_eq!(guarded.state(&id).await, "scheduled");
}

#[tokio::test]
async fn operate_sees_and_acts_on_every_job_and_read_sees_them() {
    let guarded = Guarded::start().await;
    let id = guarded.submit("shop", json!({})).await;
    for secret in ["watch", "ops"] {
        assert_eq!(guarded.get(secret, &format!("/v1/jobs/{id}")).await.1["input"]["card"], 4242);
        assert_eq!(guarded.get(secret, "/v1/jobs").await.1["items"][0]["id"], id.as_str());
        for path in ["/v1/orders", "/v1/tasks", "/v1/queues", "/v1/retention", "/v1/schedules"] {
            assert_eq!(guarded.get(secret, path).await.0, StatusCode::OK, "{secret} {path}");
        }
    }
    let cancel = format!("/v1/jobs/{id}/cancel");
    assert_eq!(guarded.post("watch", &cancel, json!({})).await.0, StatusCode::FORBIDDEN);
    let (status, job) = guarded.post("ops", &cancel, json!({})).await;
    assert_eq!(
        (status, &job["state"], &job["submitter"]),
        (StatusCode::OK, &json!("cancelled"), &json!("shop"))
    );
}

#[tokio::test]
async fn a_foreign_duplicate_shows_its_id_and_its_state() {
    let guarded = Guarded::start().await;
    let unique = json!({ "unique": { "key": "k", "states": ["scheduled", "completed", "cancelled"] } });
    let id = guarded.submit("shop", unique.clone()).await;
    let seen = json!({ "id": id, "state": "scheduled", "duplicate": true });
    assert_eq!(guarded.post("mail", "/v1/jobs", job(unique.clone())).await, (StatusCode::OK, seen.clone()));
    let batch = json!({ "jobs": [job(unique.clone())] });
    assert_eq!(guarded.post("mail", "/v1/jobs/batch", batch).await.1["items"][0], seen);
    let (_, own) = guarded.post("shop", "/v1/jobs", job(unique)).await;
    assert_eq!((&own["duplicate"], &own["input"]["card"]), (&json!(true), &json!(4242)));
}

#[tokio::test]
async fn a_submission_that_touches_a_foreign_job_is_refused_whole() {
    let guarded = Guarded::start().await;
    let id = guarded.submit("shop", json!({ "unique": { "key": "k" } })).await;
    let unique = |on_conflict: &str| json!({ "unique": { "key": "k", "on_conflict": on_conflict } });
    let cases = [
        (unique("replace"), "/unique/on_conflict"),
        (unique("debounce"), "/unique/on_conflict"),
        (json!({ "after": [id] }), "/after/0"),
    ];
    for (fields, pointer) in cases {
        let (status, problem) = guarded.post("mail", "/v1/jobs", job(fields.clone())).await;
        assert_eq!((status, &problem["errors"][0]["pointer"]), (StatusCode::FORBIDDEN, &json!(pointer)));
        let batch = json!({ "jobs": [job(json!({})), job(fields)] });
        let (status, problem) = guarded.post("mail", "/v1/jobs/batch", batch).await;
        let pointer = format!("/jobs/1{pointer}");
        assert_eq!((status, &problem["errors"][0]["pointer"]), (StatusCode::FORBIDDEN, &json!(pointer)));
    }
    let duplicate_and_child = json!({ "jobs": [job(unique("existing"))], "callback": { "task": "wait", "input": 1, "allow_unknown_task": true } });
    let (status, problem) = guarded.post("mail", "/v1/jobs/batch", duplicate_and_child).await;
    assert_eq!(
        (status, &problem["errors"][0]["pointer"]),
        (StatusCode::FORBIDDEN, &json!("/callback/after"))
    );
    assert_eq!(guarded.count().await, 1);
    let (status, replaced) = guarded.post("boss", "/v1/jobs", job(unique("replace"))).await;
    assert_eq!((status, &replaced["submitter"]), (StatusCode::ACCEPTED, &json!("boss")));
    assert_eq!(guarded.state(&id).await, "cancelled");
}

#[tokio::test]
async fn submit_acts_on_many_jobs_by_their_ids_if_all_are_its_own() {
    let guarded = Guarded::start().await;
    let (own, foreign) = (guarded.submit("shop", json!({})).await, guarded.submit("mail", json!({})).await);
    let cancel = |filter: Value| json!({ "action": "cancel", "filter": filter });
    for filter in [json!({ "task": "wait" }), json!({ "ids": [own, foreign] })] {
        let (status, _) = guarded.post("shop", "/v1/jobs/bulk", cancel(filter)).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
    }
    assert_eq!(
        (guarded.state(&own).await, guarded.state(&foreign).await),
        (json!("scheduled"), json!("scheduled"))
    );
    let (status, done) = guarded.post("shop", "/v1/jobs/bulk", cancel(json!({ "ids": [own] }))).await;
    assert_eq!((status, done), (StatusCode::OK, json!({ "matched": 1, "changed": 1 })));
    let (status, done) = guarded.post("ops", "/v1/jobs/bulk", cancel(json!({ "task": "wait" }))).await;
    assert_eq!((status, &done["matched"]), (StatusCode::OK, &json!(2)));
}

#[tokio::test]
async fn an_idempotency_key_of_one_token_does_not_meet_that_of_another() {
    let guarded = Guarded::start().await;
    let mut ids = Vec::new();
    for (secret, status) in
        [("shop", StatusCode::ACCEPTED), ("mail", StatusCode::ACCEPTED), ("shop-anew", StatusCode::OK)]
    {
        let request = guarded.host.request(Method::POST, "/v1/jobs").bearer_auth(secret);
        let answer = request.header("idempotency-key", "k").json(&job(json!({}))).send().await.unwrap();
        assert_eq!(answer.status(), status, "{secret}");
        ids.push(answer.json::<Value>().await.unwrap()["id"].clone());
    }
    assert_ne!(ids[0], ids[1]);
    assert_eq!(ids[0], ids[2]);
}

#[tokio::test]
async fn an_order_is_seen_by_who_placed_it_and_by_those_who_read_all() {
    let guarded = Guarded::start().await;
    let upload = guarded.host.request(Method::PUT, "/v1/plugins/create-order").bearer_auth("ops");
    let uploaded = upload.body(binaries::plugin("create-order")).send().await.unwrap();
    assert_eq!(uploaded.status(), StatusCode::CREATED);
    let order = json!({ "user_id": "u_1", "payment_intent_id": "pi_1" });
    let (status, order) = guarded.post("shop", "/v1/orders", order).await;
    assert_eq!(status, StatusCode::ACCEPTED, "{order}");
    let path = format!("/v1/orders/{}", order["id"].as_str().unwrap());
    for (secret, status) in [
        ("shop", StatusCode::OK),
        ("watch", StatusCode::OK),
        ("ops", StatusCode::OK),
        ("mail", StatusCode::FORBIDDEN),
    ] {
        assert_eq!(guarded.get(secret, &path).await.0, status, "{secret}");
        let events = guarded.host.request(Method::GET, &format!("{path}/events")).bearer_auth(secret);
        assert_eq!(events.send().await.unwrap().status(), status, "{secret}");
    }
    let job = format!("/v1/jobs/{}", order["job_id"].as_str().unwrap());
    assert_eq!(guarded.get("shop", &job).await.1["submitter"], "shop");
    assert_eq!(guarded.get("mail", &job).await.1["input"], Value::Null);
}

/// The form responds to wrong input with the page of all orders, but not to a token that may not see them.
#[tokio::test]
async fn the_form_shows_no_orders_to_who_may_not_see_them() {
    let guarded = Guarded::start().await;
    let place = async |secret: &str| {
        let request = guarded.host.request(Method::POST, "/orders").bearer_auth(secret);
        let answer = request.body("user_id=&payment_intent_id=pi_1&nonce=").send().await.unwrap();
        (answer.status(), answer.text().await.unwrap())
    };
    let (status, page) = place("mail").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!page.contains("/events/orders"), "{page}");
    let (status, page) = place("boss").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(page.contains("/events/orders"), "{page}");
}

#[tokio::test]
async fn no_browser_keeps_or_runs_an_answer_of_the_api() {
    let guarded = Guarded::start().await;
    for path in ["/v1/jobs", "/v1/openapi.json", "/v1/nothing", "/v1/jobs/x"] {
        let answer = guarded.host.request(Method::GET, path).bearer_auth("watch").send().await.unwrap();
        let header = |name| answer.headers()[name].to_str().unwrap().to_owned();
        assert_eq!(header("cache-control"), "no-store", "{path}");
        assert_eq!(header("content-security-policy"), "default-src 'none'; frame-ancestors 'none'", "{path}");
    }
}

#[tokio::test]
async fn two_hosts_origins_or_sites_are_a_bad_request_and_so_is_a_host_that_is_none() {
    let guarded = Guarded::start().await;
    let address = guarded.host.url.strip_prefix("http://").unwrap().to_owned();
    let status = async |headers: &str| {
        let mut stream = TcpStream::connect(&address).await.unwrap();
        let request = format!("GET /healthz HTTP/1.1\r\n{headers}\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        tokio::time::timeout(PATIENCE, stream.read_to_string(&mut answer)).await.unwrap().unwrap();
        answer.split(' ').nth(1).unwrap_or_default().to_owned()
    };
    assert_eq!(status("host: localhost").await, "200");
    for twice in [
        "host: localhost\r\nhost: localhost",
        "host: localhost\r\norigin: null\r\norigin: null",
        "host: localhost\r\nsec-fetch-site: none\r\nsec-fetch-site: none",
        "host: me@localhost",
        "host: localhost/path",
    ] {
        assert_eq!(status(twice).await, "400", "{twice}");
    }
}
