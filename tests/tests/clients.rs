//! Clients that are silent, slow or many: none of them exhausts a host.

use std::time::{Duration, Instant};

use futures::StreamExt;
use reqwest::{Method, Response, StatusCode};
use serde_json::json;
use taskbox_tests::host::{PATIENCE, TestHost};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{sleep, timeout};

const CONNECTIONS: usize = 4;
const SILENCE: Duration = Duration::from_millis(500);

async fn host(place: &TempDir) -> TestHost {
    let settings = place.path().join("settings.toml");
    let silence = SILENCE.as_millis();
    std::fs::write(&settings, format!("connections = {CONNECTIONS}\nclient_timeout = \"{silence}ms\""))
        .unwrap();
    TestHost::start(&place.path().join("data"), &["--config", settings.to_str().unwrap()]).await
}

async fn connect(host: &TestHost) -> TcpStream {
    TcpStream::connect(host.url.strip_prefix("http://").unwrap()).await.unwrap()
}

/// Reads until the host closes, and gives what it said and how long that took.
async fn until_closed(mut stream: TcpStream) -> (String, Duration) {
    let (began, mut said) = (Instant::now(), Vec::new());
    // A reset closes as well.
    let _ = timeout(PATIENCE, stream.read_to_end(&mut said)).await.expect("the host closes");
    (String::from_utf8_lossy(&said).into_owned(), began.elapsed())
}

#[tokio::test]
async fn who_connects_and_says_nothing_is_cut_off() {
    let place = tempfile::tempdir().unwrap();
    let host = host(&place).await;
    let mut silent = Vec::new();
    for _ in 0..CONNECTIONS {
        silent.push(connect(&host).await);
    }
    // They hold all places, and yet somebody else is answered.
    assert_eq!(host.get("/healthz").await, json!("ok\n"));
    for stream in silent {
        let (said, took) = until_closed(stream).await;
        assert!(!said.contains("200"), "{said}");
        assert!(took < PATIENCE / 4, "{took:?}");
    }
}

#[tokio::test]
async fn who_dribbles_headers_is_cut_off_and_who_dribbles_a_body_too() {
    let place = tempfile::tempdir().unwrap();
    let host = host(&place).await;
    let stream = connect(&host).await;
    let (mut reading, mut writing) = stream.into_split();
    let dribbling = tokio::spawn(async move {
        for byte in "GET /healthz HTTP/1.1\r\nx-long: ".bytes().chain(std::iter::repeat(b'x')) {
            if writing.write_all(&[byte]).await.is_err() {
                return;
            }
            sleep(SILENCE / 10).await;
        }
    });
    let mut said = Vec::new();
    let _ = timeout(PATIENCE, reading.read_to_end(&mut said)).await.expect("the host closes");
    dribbling.abort();

    let mut stream = connect(&host).await;
    let head = "POST /v1/jobs HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{";
    stream.write_all(head.as_bytes()).await.unwrap();
    let (said, _) = until_closed(stream).await;
    assert!(said.starts_with("HTTP/1.1 400") && said.contains("broke off"), "{said}");
}

/// A watched job, and its stream with the first event read.
async fn watch(host: &TestHost) -> (String, Response) {
    let job = json!({ "task": "nobody", "allow_unknown_task": true, "delay": "1h" });
    let id = host.post("/v1/jobs", &job).await["id"].as_str().unwrap().to_owned();
    let mut events = host.request(Method::GET, &format!("/v1/jobs/{id}/events")).send().await.unwrap();
    assert_eq!(events.status(), StatusCode::OK);
    assert!(events.chunk().await.unwrap().is_some());
    (id, events)
}

#[tokio::test]
async fn who_listens_may_be_silent_as_long_as_there_is_something_to_hear() {
    let place = tempfile::tempdir().unwrap();
    let host = host(&place).await;
    let (id, events) = watch(&host).await;
    sleep(SILENCE * 3).await;
    host.post(&format!("/v1/jobs/{id}/cancel"), &json!({})).await;
    let rest: Vec<_> = events.bytes_stream().map(|chunk| chunk.unwrap()).collect().await;
    let rest = String::from_utf8(rest.concat()).unwrap();
    assert!(rest.contains("cancelled"), "{rest}");
}

#[tokio::test]
async fn one_more_than_there_are_places_waits_until_one_goes() {
    let place = tempfile::tempdir().unwrap();
    let host = host(&place).await;
    let mut watching = Vec::new();
    for _ in 0..CONNECTIONS {
        watching.push(watch(&host).await);
        // The connection that submitted the job is given back before the next is made.
        sleep(SILENCE * 2).await;
    }
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut asking = Box::pin(client.get(format!("{}/healthz", host.url)).send());
    assert!(timeout(SILENCE * 2, &mut asking).await.is_err(), "there was a place for one more");
    drop(watching.pop());
    let answer = timeout(PATIENCE, asking).await.expect("answered in time").unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
}

#[tokio::test]
async fn neither_the_silent_nor_the_listening_hold_up_the_end() {
    let place = tempfile::tempdir().unwrap();
    let host = host(&place).await;
    let (_id, _events) = watch(&host).await;
    let _silent = connect(&host).await;
    let began = Instant::now();
    assert!(host.terminate().await.success());
    assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
}
