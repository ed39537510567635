//! Invalid text from outside: every input is refused with its errors, and the host continues.

use std::process::Command;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use taskbox_tests::binaries;
use taskbox_tests::host::TestHost;

/// A duration whose parts are numbers, and whose sum is none.
const TOO_LONG: &str = "18446744073709551615s 1000000000ms";

async fn host() -> (TestHost, tempfile::TempDir) {
    let data = tempfile::tempdir().unwrap();
    let host = TestHost::start(data.path(), &[]).await;
    let (status, answer) = host.upload("misbehave", binaries::plugin("misbehave")).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    (host, data)
}

/// Every field of a body that is a duration, at its place in a request.
fn bodies() -> Vec<(Method, &'static str, Value)> {
    let job = |field: &str| json!({ "task": "echo", field: TOO_LONG });
    let scheduled = |job: Value| json!({ "every": "1h", "job": job });
    let unique = json!({ "task": "echo", "unique": { "key": "k", "within": TOO_LONG } });
    vec![
        (Method::POST, "/v1/jobs", job("delay")),
        (Method::POST, "/v1/jobs", job("timeout")),
        (Method::POST, "/v1/jobs", unique),
        (Method::POST, "/v1/jobs/batch", json!({ "jobs": [job("delay")] })),
        (Method::POST, "/v1/jobs/batch", json!({ "jobs": [{ "task": "echo" }], "callback": job("delay") })),
        (Method::PUT, "/v1/schedules/s", scheduled(job("timeout"))),
        (Method::PUT, "/v1/schedules/s", json!({ "every": TOO_LONG, "job": { "task": "echo" } })),
        (Method::PUT, "/v1/queues/q", json!({ "rate": { "count": 1, "per": TOO_LONG } })),
        (Method::PUT, "/v1/tasks/echo", json!({ "rate": { "count": 1, "per": TOO_LONG } })),
        (Method::PUT, "/v1/plugins/misbehave/grant", json!({ "limits": { "wall": TOO_LONG } })),
        (Method::PUT, "/v1/plugins/misbehave/grant", json!({ "limits": { "cpu": TOO_LONG } })),
    ]
}

#[tokio::test]
async fn a_duration_that_no_number_holds_is_refused_wherever_it_stands() {
    let (host, _data) = host().await;
    for (method, path, body) in bodies() {
        let (status, problem) = host.call(method, path, Some(&body)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{path} {body}: {problem}");
        assert!(problem.to_string().contains("at most 36600d"), "{path} {body}: {problem}");
    }
    let job = host.post("/v1/jobs", &json!({ "task": "echo" })).await;
    let encoded = TOO_LONG.replace(' ', "%20");
    for query in [
        format!("/v1/jobs/{}?wait={encoded}", job["id"].as_str().unwrap()),
        format!("/v1/retention?completed={encoded}"),
    ] {
        let (status, problem) = host.call(Method::GET, &query, None).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{query}: {problem}");
        assert!(problem.to_string().contains("at most 36600d"), "{query}: {problem}");
    }
}

#[test]
fn a_setting_that_no_number_holds_is_refused_with_the_limit() {
    let data = tempfile::tempdir().unwrap();
    let refused = |change: &dyn Fn(&mut Command)| {
        let mut serve = Command::new(binaries::taskbox());
        serve.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(data.path());
        change(&mut serve);
        let output = serve.output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("at most 36600d") && !said.contains("panicked"), "{said}");
    };
    refused(&|serve| {
        serve.args(["--drain", TOO_LONG]);
    });
    for setting in
        ["TASKBOX_LEASE", "TASKBOX_HEARTBEAT", "TASKBOX_CLIENT_TIMEOUT", "TASKBOX_RETENTION_COMPLETED"]
    {
        refused(&|serve| {
            serve.env(setting, TOO_LONG);
        });
    }
}

#[tokio::test]
async fn a_body_with_an_encoding_is_refused_with_what_is_taken() {
    let (host, _data) = host().await;
    let send = |method: Method, path: &str, encoding: &str| {
        let request = host.request(method, path).header("content-encoding", encoding);
        request.header("content-type", "application/json").body(r#"{"task":"echo"}"#).send()
    };
    for (method, path) in
        [(Method::POST, "/v1/jobs"), (Method::PUT, "/v1/plugins/misbehave"), (Method::POST, "/orders")]
    {
        let answer = send(method, path, "gzip").await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE, "{path}");
        assert_eq!(answer.headers()["accept-encoding"], "identity");
        let problem: Value = answer.json().await.unwrap();
        assert!(problem["detail"].as_str().unwrap().contains("\"gzip\""), "{problem}");
    }
    let answer = send(Method::POST, "/v1/jobs", "identity").await.unwrap();
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
}
