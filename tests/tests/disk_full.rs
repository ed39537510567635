//! A host whose disk is full, for a caller: new jobs are refused, everything can be read, nothing is lost, and work
//! resumes when space is freed.
//!
//! The disk is made full by the limit on the size of a file (`ulimit -f`), which needs no root.

use std::time::{Duration, Instant};

use reqwest::header::{CONTENT_TYPE, RETRY_AFTER};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use taskbox::stand_ins::Pace;
use taskbox_tests::host::{PATIENCE, TestHost};
use taskbox_tests::story::Story;
use tokio::process::Command;
use tokio::time::sleep;

/// Three segments of sled.
const FILE_KIB_MAX: u32 = 24 * 1024;

/// Without the trap the signal of a file that is too large would end the process.
fn under_a_limit() -> Command {
    let script = format!("trap '' XFSZ; ulimit -S -f {FILE_KIB_MAX}; exec \"$@\"");
    let mut bash = Command::new("bash");
    bash.args(["-c", &script, "bash"]);
    bash
}

async fn make_room(host: &TestHost) {
    let pid = host.pid().to_string();
    let status = Command::new("prlimit").args(["--fsize=unlimited", "--pid", &pid]).status().await;
    assert!(status.expect("this test needs prlimit: apt-get install util-linux").success());
}

fn large_job() -> Value {
    json!({ "task": "nobody", "allow_unknown_task": true, "delay": "1h", "input": "x".repeat(500_000) })
}

/// Submits until the disk is full, which the response must name. Returns the acknowledged jobs, of which there may be
/// some on a disk that was full before: records can take less space after they were read again.
async fn fill(host: &TestHost) -> Vec<String> {
    let mut acknowledged = Vec::new();
    loop {
        let answer = host.request(Method::POST, "/v1/jobs").json(&large_job()).send().await.unwrap();
        if answer.status() != StatusCode::ACCEPTED {
            refused_clearly(answer).await;
            return acknowledged;
        }
        let job: Value = answer.json().await.unwrap();
        acknowledged.push(job["id"].as_str().unwrap().to_owned());
        assert!(acknowledged.len() < 1000, "the disk never became full");
    }
}

async fn refused_clearly(answer: Response) {
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.headers()[CONTENT_TYPE], "application/problem+json");
    assert_eq!(answer.headers()[RETRY_AFTER], "30");
    let problem: Value = answer.json().await.unwrap();
    assert_eq!(problem["type"], "urn:taskbox:problem:disk-full");
    assert!(problem["detail"].as_str().unwrap().contains("disk is full"), "{problem}");
}

async fn all_there(host: &TestHost, jobs: &[String]) {
    for id in jobs {
        assert_eq!(host.get(&format!("/v1/jobs/{id}")).await["state"], "scheduled");
    }
}

/// Polls until the host responds with this status.
async fn until(host: &TestHost, method: Method, path: &str, body: Option<&Value>, status: StatusCode) {
    let began = Instant::now();
    loop {
        let (answered, answer) = host.call(method.clone(), path, body).await;
        if answered == status {
            return;
        }
        assert!(began.elapsed() < PATIENCE, "{method} {path}: {answered} {answer}");
        sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test]
async fn a_full_disk_refuses_new_jobs_shows_all_and_goes_on_when_there_is_room() {
    let data = tempfile::tempdir().unwrap();
    let host = TestHost::begin_by(under_a_limit(), data.path(), &[]).ready().await;
    let pace = Pace::between(Duration::from_secs(1), Duration::from_secs(2));
    let story = Story::begin_on(host, pace).await;
    let host = &story.host;
    let mut orders = Vec::new();
    for number in 0..5 {
        orders.push(story.place(&format!("u_{number}"), &format!("pi_{number}")).await);
    }

    let mut acknowledged = fill(host).await;
    assert!(acknowledged.len() > 5, "the disk was full at once");
    for _ in 0..10 {
        acknowledged.extend(fill(host).await);
        assert_eq!(host.call(Method::GET, "/healthz", None).await.0, StatusCode::OK);
        let (status, problem) = host.call(Method::GET, "/readyz", None).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert!(problem["detail"].as_str().unwrap().contains("disk is full"), "{problem}");
        let ready = |part: usize| {
            (problem["parts"][part]["name"].as_str(), problem["parts"][part]["ready"].as_bool())
        };
        assert_eq!(
            [ready(0), ready(1)],
            [(Some("host"), Some(true)), (Some("storage"), Some(false))],
            "{problem}"
        );
        all_there(host, &acknowledged).await;
        let listed = host.get("/v1/orders").await;
        assert_eq!(listed["items"].as_array().map(Vec::len), Some(orders.len()));
    }

    make_room(host).await;
    until(host, Method::GET, "/readyz", None, StatusCode::OK).await;
    until(host, Method::POST, "/v1/jobs", Some(&large_job()), StatusCode::ACCEPTED).await;
    for order in &orders {
        assert_eq!(story.finished(order).await["status"], "completed");
    }
    assert_eq!(story.partner.ledger().orders.len(), orders.len(), "the partner has each order once");
    all_there(host, &acknowledged).await;
    let story = story.kill_and_restart().await;
    all_there(&story.host, &acknowledged).await;
}
