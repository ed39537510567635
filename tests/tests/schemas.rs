//! JSON Schemas of tasks: what they refuse at a submission, at the start and at the end of an attempt, and which are
//! refused themselves.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use taskbox_tests::binaries;
use taskbox_tests::host::TestHost;
use tempfile::TempDir;
use tokio::process::Command;

/// A host with the plugin of the task `typed`.
async fn host() -> (TestHost, TempDir) {
    let place = tempfile::tempdir().unwrap();
    let host = TestHost::start(place.path(), &[]).await;
    upload(&host).await;
    (host, place)
}

async fn upload(host: &TestHost) {
    let (status, answer) = host.upload("misbehave", binaries::plugin("misbehave")).await;
    assert!(status.is_success(), "{answer}");
}

/// The pointers of a refusal, and its words.
async fn refused(host: &TestHost, method: Method, path: &str, body: &Value) -> (Vec<String>, String) {
    let (status, problem) = host.call(method, path, Some(body)).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    assert_eq!(problem["type"], "urn:taskbox:problem:invalid");
    let errors = problem["errors"].as_array().unwrap().iter();
    (errors.map(|error| error["pointer"].as_str().unwrap().to_owned()).collect(), problem.to_string())
}

fn typed(input: Value) -> Value {
    json!({ "task": "typed", "input": input })
}

#[tokio::test]
async fn an_input_that_does_not_fit_is_refused_at_the_submission_with_each_place() {
    let (host, _data) = host().await;
    let wrong = typed(json!({ "n": -1, "x": 1 }));
    let (mut pointers, words) = refused(&host, Method::POST, "/v1/jobs", &wrong).await;
    pointers.sort();
    assert_eq!(pointers, ["/input", "/input/n"], "{words}");
    assert!(words.contains("less than the minimum of 0") && words.contains("'x' was unexpected"), "{words}");
    let list = typed(json!({ "n": 1, "list": vec!["x"; 40] }));
    assert_eq!(refused(&host, Method::POST, "/v1/jobs", &list).await.0.len(), 16);

    let batch = json!({ "jobs": [typed(json!({ "n": 1 })), typed(json!({}))], "callback": typed(json!(1)) });
    let (pointers, words) = refused(&host, Method::POST, "/v1/jobs/batch", &batch).await;
    assert_eq!(pointers, ["/jobs/1/input", "/callback/input"], "{words}");
    assert_eq!(host.get("/v1/jobs").await["items"], json!([]), "nothing was stored");

    let schedule = |n: i32| json!({ "every": "1h", "job": typed(json!({ "n": n })) });
    let (pointers, _) = refused(&host, Method::PUT, "/v1/schedules/s", &schedule(-1)).await;
    assert_eq!(pointers, ["/job/input/n"]);
    host.put("/v1/schedules/s", &schedule(1)).await;
}

#[tokio::test]
async fn a_large_input_is_checked_as_a_small_one() {
    let (host, _data) = host().await;
    let mut list = vec![1; 200_000];
    let job = host.run_job(&typed(json!({ "n": 1, "list": list }))).await;
    assert_eq!((&job["state"], &job["output"]), (&json!("completed"), &json!(1)));
    list[0] = 2;
    let mut wrong = typed(json!({ "n": 1, "list": list }));
    wrong["input"]["list"][199_999] = json!("x");
    assert_eq!(refused(&host, Method::POST, "/v1/jobs", &wrong).await.0, ["/input/list/199999"]);
}

#[tokio::test]
async fn an_input_that_was_taken_before_the_version_is_refused_at_its_start() {
    let place = tempfile::tempdir().unwrap();
    let host = TestHost::start(place.path(), &[]).await;
    let mut early = typed(json!({ "n": -1, "list": ["x"] }));
    early["allow_unknown_task"] = json!(true);
    let job = host.post("/v1/jobs", &early).await;
    upload(&host).await;
    let job = host.wait_final(job["id"].as_str().unwrap()).await;
    assert_eq!((&job["state"], &job["attempt"]), (&json!("discarded"), &json!(1)), "{job}");
    let error = &job["errors"][0];
    assert_eq!(error["kind"], "bad-input");
    let words = error.to_string();
    assert!(words.contains("/n: ") && words.contains("/list/0: "), "{words}");
    let late = host.call(Method::POST, "/v1/jobs", Some(&early)).await;
    assert_eq!(late.0, StatusCode::UNPROCESSABLE_ENTITY, "the task is known now: {}", late.1);
}

#[tokio::test]
async fn an_output_that_does_not_fit_discards_the_job() {
    let (host, _data) = host().await;
    let job = host.run_job(&typed(json!({ "n": 1, "give": { "pair": [1, 2] } }))).await;
    assert_eq!(
        (&job["state"], &job["attempt"], &job["output"]),
        (&json!("discarded"), &json!(1), &Value::Null)
    );
    assert_eq!(job["errors"][0]["kind"], "bad-output");
    let message = job["errors"][0]["message"].as_str().unwrap();
    assert!(message.contains("/pair/1: ") && message.contains("\"string\""), "{message}");
    let job = host.run_job(&typed(json!({ "n": 1, "give": { "pair": [1, "2"] } }))).await;
    assert_eq!(job["output"], json!({ "pair": [1, "2"] }), "{job}");
}

#[tokio::test]
async fn a_task_shows_its_schemas() {
    let (host, _data) = host().await;
    let task = host.get("/v1/tasks/typed").await;
    assert_eq!((&task["name"], &task["offered"], &task["jobs"]), (&json!("typed"), &json!(true), &json!(0)));
    assert_eq!(task["input_schema"]["required"], json!(["n"]));
    assert_eq!(task["output_schema"]["$schema"], "http://json-schema.org/draft-07/schema#");
    let other = host.get("/v1/tasks/noop").await;
    assert_eq!((&other["input_schema"], &other["output_schema"]), (&Value::Null, &Value::Null));
    let show = ["task", "show", "typed"];
    let shown =
        Command::new(binaries::taskbox()).args(show).env("TASKBOX_HOST", &host.url).output().await.unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains("Input schema") && shown.contains("\"minimum\""), "{shown}");
    let document = host.get("/v1/openapi.json").await;
    let described = document["components"]["schemas"]["OfferedTask"].to_string();
    assert!(described.contains("\"cancel_grace\"") && described.contains("\"input_schema\""), "{described}");
    let typed = &document["components"]["schemas"]["task.typed.input"];
    assert_eq!(typed["properties"]["n"]["minimum"], 0, "{typed}");
    let submission = document.pointer("/paths/~1v1~1jobs/post/requestBody/content/application~1json/schema");
    let of_typed = json!({ "$ref": "#/components/schemas/task.typed.job" });
    assert!(submission.unwrap()["oneOf"].as_array().unwrap().contains(&of_typed), "{document}");
    let (status, problem) = host.call(Method::GET, "/v1/tasks/nothing", None).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{problem}");
    host.put("/v1/tasks/later", &json!({ "concurrency": 1 })).await;
    let later = host.get("/v1/tasks/later").await;
    assert_eq!((&later["offered"], &later["concurrency"]), (&json!(false), &json!(1)));
}

/// The component with another text in place of one of the same length.
fn patched(from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut component = binaries::plugin("misbehave");
    let at = component
        .windows(from.len())
        .position(|window| window == from.as_bytes())
        .expect("the text is there");
    component[at..at + to.len()].copy_from_slice(to.as_bytes());
    component
}

#[tokio::test]
async fn a_wrong_schema_is_refused_at_the_upload_with_its_place() {
    let place = tempfile::tempdir().unwrap();
    let host = TestHost::start(place.path(), &[]).await;
    let remote = r#""list": { "items": { "$ref":"http://x" }"#;
    for (from, to, side, pointer, words) in [
        (r#""minimum": 0"#, r#""minimum":"""#, "input-schema", "/properties/n/minimum", "not of type"),
        (
            r#""list": { "items": { "type": "integer" }"#,
            remote,
            "input-schema",
            "/properties/list/items/$ref",
            "outside",
        ),
        ("json-schema.org/draft-07", "json-schema.org/draft-04", "output-schema", "/$schema", "2020-12"),
    ] {
        let (status, problem) = host.upload("misbehave", patched(from, to)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
        assert_eq!(problem["type"], "urn:taskbox:problem:unfit-component");
        let detail = problem["detail"].as_str().unwrap();
        for part in ["task typed", side, pointer, words] {
            assert!(detail.contains(part), "{part}: {detail}");
        }
    }
}
