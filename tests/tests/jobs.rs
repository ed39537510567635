//! Jobs over HTTP: unique ones, many at once, and how long they are kept.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use taskbox::stand_ins::Pace;
use taskbox_tests::host::TestHost;
use taskbox_tests::patience::until;
use taskbox_tests::story::Story;

/// A job that no plugin will run, due in an hour.
fn job(more: Value) -> Value {
    let mut job = json!({ "task": "nobody", "allow_unknown_task": true, "delay": "1h" });
    let (Some(fields), Value::Object(more)) = (job.as_object_mut(), more) else {
        panic!("these are objects")
    };
    fields.extend(more);
    job
}

fn keyed(on_conflict: &str, more: Value) -> Value {
    let mut keyed = job(more);
    keyed["unique"] = json!({ "key": "shop-7", "on_conflict": on_conflict });
    keyed
}

async fn submit(host: &TestHost, job: &Value) -> (StatusCode, Value) {
    host.call(Method::POST, "/v1/jobs", Some(job)).await
}

#[tokio::test]
async fn three_racing_submits_of_a_key_make_one_job() {
    let data = tempfile::tempdir().unwrap();
    let host = TestHost::start(data.path(), &[]).await;
    let job = keyed("existing", json!({}));
    let answers = tokio::join!(submit(&host, &job), submit(&host, &job), submit(&host, &job));
    let answers = [answers.0, answers.1, answers.2];
    let made = answers.iter().filter(|(status, _)| *status == StatusCode::ACCEPTED).count();
    let met =
        answers.iter().filter(|(status, job)| *status == StatusCode::OK && job["duplicate"] == true).count();
    assert_eq!((made, met), (1, 2), "{answers:?}");
    assert!(answers.iter().all(|(_, job)| job["id"] == answers[0].1["id"]));
    assert_eq!(host.get("/v1/jobs").await["items"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_job_is_kept_replaced_or_moved_as_the_new_one_says_also_after_a_restart() {
    let data = tempfile::tempdir().unwrap();
    let host = TestHost::start(data.path(), &[]).await;
    let (_, first) = submit(&host, &keyed("existing", json!({ "input": 1 }))).await;
    host.kill().await;
    let host = TestHost::start(data.path(), &[]).await;
    let (status, replaced) = submit(&host, &keyed("replace", json!({ "input": 2, "label": "new" }))).await;
    assert_eq!((status, &replaced["id"]), (StatusCode::OK, &first["id"]));
    assert_eq!((&replaced["input"], &replaced["label"]), (&json!(2), &json!("new")));
    let (_, moved) = submit(&host, &keyed("debounce", json!({ "input": 3, "delay": "2h" }))).await;
    assert_eq!((&moved["input"], &moved["duplicate"]), (&json!(2), &json!(true)));
    assert!(moved["due_at"].as_str() > replaced["due_at"].as_str(), "{moved}");
}

#[tokio::test]
async fn duplicates_inside_one_batch_are_told_one_by_one() {
    let data = tempfile::tempdir().unwrap();
    let host = TestHost::start(data.path(), &[]).await;
    let batch =
        json!({ "jobs": [keyed("existing", json!({})), job(json!({})), keyed("existing", json!({}))] });
    let answer = host.post("/v1/jobs/batch", &batch).await;
    let duplicates: Vec<_> =
        answer["items"].as_array().unwrap().iter().map(|job| &job["duplicate"]).collect();
    assert_eq!(duplicates, [&Value::Null, &Value::Null, &json!(true)]);
}

#[tokio::test]
async fn a_wrong_unique_field_is_named() {
    let data = tempfile::tempdir().unwrap();
    let host = TestHost::start(data.path(), &[]).await;
    for (unique, pointer) in [
        (json!({}), "/unique/key"),
        (json!({ "key": "" }), "/unique/key"),
        (json!({ "key": "k", "within": "0s" }), "/unique/within"),
        (json!({ "key": "k", "states": ["done"] }), "/unique/states/0"),
        (json!({ "key": "k", "on_conflict": "update" }), "/unique/on_conflict"),
    ] {
        let (status, problem) = submit(&host, &job(json!({ "unique": unique }))).await;
        assert_eq!(
            (status, &problem["errors"][0]["pointer"]),
            (StatusCode::UNPROCESSABLE_ENTITY, &json!(pointer))
        );
    }
}

#[tokio::test]
async fn many_jobs_are_cancelled_retried_and_deleted_by_a_filter() {
    let data = tempfile::tempdir().unwrap();
    let host = TestHost::start(data.path(), &[]).await;
    let tagged = |tag: &str| job(json!({ "tags": [tag] }));
    let jobs: Vec<_> = (0..200).map(|number| tagged(if number % 2 == 0 { "even" } else { "odd" })).collect();
    host.post("/v1/jobs/batch", &json!({ "jobs": jobs })).await;
    let bulk = async |request: Value| host.post("/v1/jobs/bulk", &request).await;
    let done = |matched, changed| json!({ "matched": matched, "changed": changed });
    let cancel = json!({ "action": "cancel", "filter": { "tag": "even" } });
    assert_eq!(bulk(cancel.clone()).await, done(100, 100));
    assert_eq!(bulk(cancel).await, done(100, 0));
    let one = host.get("/v1/jobs?state=cancelled&limit=1").await["items"][0]["id"].clone();
    assert_eq!(bulk(json!({ "action": "retry", "filter": { "ids": [one] } })).await, done(1, 1));
    assert_eq!(bulk(json!({ "action": "delete", "filter": { "state": "cancelled" } })).await, done(99, 99));
    assert_eq!(bulk(json!({ "action": "delete", "filter": {}, "all": true })).await, done(101, 101));
}

#[tokio::test]
async fn a_filter_that_names_nothing_is_refused_with_advice() {
    let data = tempfile::tempdir().unwrap();
    let host = TestHost::start(data.path(), &[]).await;
    for request in [json!({ "action": "delete" }), json!({ "action": "delete", "filter": {} })] {
        let (status, problem) = host.call(Method::POST, "/v1/jobs/bulk", Some(&request)).await;
        assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(problem["detail"].as_str().unwrap().contains("\"all\": true"), "{problem}");
    }
}

#[tokio::test]
async fn a_final_job_is_forgotten_and_its_order_is_still_shown() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("data");
    let story = Story::begin(&data, Pace::AT_ONCE).await;
    let order = story.finished(&story.place("u_42", "pi_1").await).await;
    let waiting = story.host.post("/v1/jobs", &job(json!({}))).await;
    let shown = story.host.get("/v1/retention").await;
    assert_eq!(
        shown["states"]["completed"],
        json!({ "age": "7d", "count": 1_000_000, "jobs": 1, "to_go": 0 })
    );
    let dry = story.host.get("/v1/retention?completed=0s").await;
    assert_eq!(dry["states"]["completed"]["to_go"], json!(1));
    story.host.kill().await;
    let host = TestHost::start_with(place.path(), "retention_completed = \"0s\"").await;
    let job = format!("/v1/jobs/{}", order["job_id"].as_str().unwrap());
    gone(&host, &job).await;
    assert_eq!(
        host.get(&format!("/v1/jobs/{}", waiting["id"].as_str().unwrap())).await["state"],
        "scheduled"
    );
    still_shown(&host, &order).await;
    host.kill().await;
    still_shown(&TestHost::start(&data, &[]).await, &order).await;
}

async fn gone(host: &TestHost, path: &str) {
    let is_gone =
        async || (host.call(Method::GET, path, None).await.0 == StatusCode::NOT_FOUND).then_some(());
    until(&format!("{path} is gone"), is_gone).await;
}

async fn still_shown(host: &TestHost, order: &Value) {
    let path = format!("/orders/{}", order["id"].as_str().unwrap());
    assert_eq!(host.get(&format!("/v1{path}")).await, *order);
    assert_eq!(host.get("/v1/orders?status=completed").await["items"], json!([order]));
    let page = host.get(&path).await;
    assert!(page.as_str().unwrap().contains("No longer kept"), "{page}");
}

#[tokio::test]
async fn json_that_some_parser_would_refuse_is_refused_with_its_place() {
    let data = tempfile::tempdir().unwrap();
    let host = TestHost::start(data.path(), &[]).await;
    let nested = |depth: usize| ["[", "]"].map(|bracket| bracket.repeat(depth)).concat();
    let long = format!("1{}", "0".repeat(1_000));
    for (input, detail) in [
        (nested(101).as_str(), "is nested deeper than 100 levels"),
        ("[1e400]", "is out of range: the number at byte 1 is beyond 1.8e308"),
        (long.as_str(), "is out of range: the number at byte 0 has more than 1000 characters"),
        (r#"{"a":"\ud800"}"#, "is not Unicode: the escape at byte 6 is half of a surrogate pair"),
    ] {
        let body = format!(r#"{{"task":"nobody","allow_unknown_task":true,"input":{input}}}"#);
        let request = host.request(Method::POST, "/v1/jobs").header("content-type", "application/json");
        let answer = request.body(body).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
        let problem: Value = answer.json().await.unwrap();
        assert_eq!(problem["errors"][0], json!({ "pointer": "/input", "detail": detail }));
    }
    assert_eq!(host.get("/v1/jobs").await["items"], json!([]));
}
