//! Bounded sums: the memory of all requests, and the size of one submission.

use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use taskbox_tests::host::{PATIENCE, TestHost};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

const MIB: usize = 1 << 20;

/// A host with the least memory there can be: 16 MiB of it are for requests, and 12 MiB for large ones.
async fn small_host(place: &TempDir) -> TestHost {
    TestHost::start_with(place.path(), "memory = \"64MiB\"\nclient_timeout = \"1h\"").await
}

/// The value of a metric.
async fn metric(host: &TestHost, name: &str) -> f64 {
    let text = host.request(Method::GET, "/metrics").send().await.unwrap().text().await.unwrap();
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    value.map_or(0.0, |value| value.parse().unwrap())
}

async fn until_metric(host: &TestHost, name: &str, enough: f64) {
    let waiting = async {
        while metric(host, name).await < enough {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PATIENCE, waiting).await.expect("it becomes as much in time");
}

/// Begins a batch and sends the first 3 MiB of its 12.
async fn begin_a_batch(host: &TestHost) -> TcpStream {
    let mut stream = TcpStream::connect(host.url.strip_prefix("http://").unwrap()).await.unwrap();
    let head = format!(
        "POST /v1/jobs/batch HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        12 * MIB
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&vec![b' '; 3 * MIB]).await.unwrap();
    stream
}

fn job() -> Value {
    json!({ "task": "nobody", "allow_unknown_task": true })
}

#[tokio::test]
async fn bodies_that_are_received_hold_no_more_than_their_budget_and_small_ones_find_room() {
    const USED: &str = "taskbox_request_memory_bytes";
    let place = tempfile::tempdir().unwrap();
    let host = small_host(&place).await;
    let _first = begin_a_batch(&host).await;
    until_metric(&host, USED, (6 * MIB) as f64).await;
    let _second = begin_a_batch(&host).await;
    until_metric(&host, USED, (12 * MIB) as f64).await;

    let mut third = begin_a_batch(&host).await;
    let mut answer = vec![0; 64 * 1024];
    let read = timeout(PATIENCE, third.read(&mut answer)).await.expect("answered in time").unwrap();
    let answer = String::from_utf8_lossy(&answer[..read]).to_lowercase();
    for part in ["http/1.1 503", "retry-after: ", "application/problem+json"] {
        assert!(answer.contains(part), "{part}: {answer}");
    }
    host.post("/v1/jobs", &job()).await;
    assert!(metric(&host, USED).await <= (16 * MIB) as f64);
}

#[tokio::test]
async fn a_request_that_goes_away_leaves_nothing_in_the_budget() {
    const USED: &str = "taskbox_request_memory_bytes";
    let place = tempfile::tempdir().unwrap();
    let host = small_host(&place).await;
    let begun = begin_a_batch(&host).await;
    until_metric(&host, USED, (6 * MIB) as f64).await;
    drop(begun);
    let gone = async {
        while metric(&host, USED).await > 0.0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PATIENCE, gone).await.expect("it is given back in time");
    host.post("/v1/jobs/batch", &json!({ "jobs": [job(), job()] })).await;
    assert_eq!(metric(&host, USED).await, 0.0);
}

/// Mebibytes of a process that are in memory.
fn resident_mib(host: &TestHost) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", host.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.split_whitespace().next().unwrap().parse::<u64>().unwrap() / 1024
}

/// No other request follows, at which storage would go on freeing what the batch replaced.
#[tokio::test]
async fn a_large_batch_leaves_no_memory_behind() {
    let place = tempfile::tempdir().unwrap();
    let host = TestHost::start(place.path(), &[]).await;
    let tags = |job: usize| (0..30).map(|tag| format!("{job}-{tag}")).collect::<Vec<_>>();
    let job =
        |number| json!({ "task": "nobody", "allow_unknown_task": true, "delay": "1h", "tags": tags(number) });
    let jobs: Vec<_> = (0..1_500).map(job).collect();
    let before = resident_mib(&host);
    host.post("/v1/jobs/batch", &json!({ "jobs": jobs })).await;
    let freed = async {
        while resident_mib(&host) > before + 100 {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    let freed = timeout(PATIENCE / 4, freed).await;
    assert!(freed.is_ok(), "{before} MiB before and {} MiB after", resident_mib(&host));
}

/// A batch of so many jobs with 29 tags each.
fn tagged(jobs: usize) -> Value {
    let tags: Vec<_> = (0..29).map(|tag| tag.to_string()).collect();
    let job = json!({ "task": "nobody", "allow_unknown_task": true, "delay": "1h", "tags": tags });
    json!({ "jobs": vec![job; jobs] })
}

#[tokio::test]
async fn the_largest_batch_has_its_turn_beside_small_requests() {
    const USED: &str = "taskbox_request_memory_bytes";
    let place = tempfile::tempdir().unwrap();
    let host = small_host(&place).await;
    let mut small = TcpStream::connect(host.url.strip_prefix("http://").unwrap()).await.unwrap();
    let head = "POST /v1/jobs HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n{";
    small.write_all(head.as_bytes()).await.unwrap();
    until_metric(&host, USED, 1.0).await;
    // Each of its 49,980 rows is charged 4 KiB, which is more than the whole host may use.
    host.post("/v1/jobs/batch", &tagged(1_666)).await;
}

#[tokio::test]
async fn a_submission_has_so_many_rows_at_most_and_tags_are_rows() {
    let place = tempfile::tempdir().unwrap();
    let host = small_host(&place).await;
    // It is refused for its size, even when there is no memory for it now.
    let _begun = begin_a_batch(&host).await;
    until_metric(&host, "taskbox_request_memory_bytes", (6 * MIB) as f64).await;
    let (status, problem) = host.call(Method::POST, "/v1/jobs/batch", Some(&tagged(2_000))).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("60000 rows") && detail.contains("may have 50000"), "{detail}");
    assert_eq!(host.get("/v1/jobs").await["items"], json!([]), "nothing is stored");
}
