//! Clients that are silent, slow or many: none of them exhausts a host.

use std::time::Duration;

use futures::StreamExt;
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use taskbox::domain::Digest;
use taskbox_tests::binaries;
use taskbox_tests::host::{PATIENCE, TestHost};
use tempfile::TempDir;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::{sleep, timeout};

const CONNECTIONS: usize = 4;
const SILENCE: Duration = Duration::from_millis(500);

async fn host(place: &TempDir) -> TestHost {
    host_that_bears(SILENCE, place).await
}

async fn host_that_bears(silence: Duration, place: &TempDir) -> TestHost {
    let silence = silence.as_millis();
    let settings = format!("connections = {CONNECTIONS}\nclient_timeout = \"{silence}ms\"");
    TestHost::start_with(place.path(), &settings).await
}

/// The token of the host that requires one.
const TOKEN: &str = "tb_of_the_operator";

/// A host that requires a token, and waits longer for its clients than a test.
async fn guarded_host(place: &TempDir) -> TestHost {
    let settings = format!(
        "connections = {CONNECTIONS}\nclient_timeout = \"1h\"\n\
         [[tokens]]\nname = \"operator\"\ndigest = \"{}\"\nscopes = [\"submit\", \"read\", \"operate\"]",
        Digest::of(TOKEN.as_bytes())
    );
    TestHost::start_with(place.path(), &settings).await
}

async fn connect(host: &TestHost) -> TcpStream {
    TcpStream::connect(host.url.strip_prefix("http://").unwrap()).await.unwrap()
}

/// Reads until the host closes, and returns the text.
async fn until_closed(mut stream: impl AsyncRead + Unpin) -> String {
    let mut said = Vec::new();
    // A reset closes as well.
    let _ = timeout(PATIENCE, stream.read_to_end(&mut said)).await.expect("the host closes");
    String::from_utf8_lossy(&said).into_owned()
}

#[tokio::test]
async fn who_connects_and_says_nothing_is_cut_off() {
    let place = tempfile::tempdir().unwrap();
    let host = host(&place).await;
    let mut silent = Vec::new();
    for _ in 0..CONNECTIONS {
        silent.push(connect(&host).await);
    }
    // They hold all places, and yet another client gets a response.
    assert_eq!(host.get("/healthz").await, json!("ok\n"));
    for stream in silent {
        let said = until_closed(stream).await;
        assert!(!said.contains("200"), "{said}");
    }
}

#[tokio::test]
async fn who_dribbles_headers_is_cut_off_and_who_dribbles_a_body_too() {
    let place = tempfile::tempdir().unwrap();
    let host = host(&place).await;
    let stream = connect(&host).await;
    let (reading, mut writing) = stream.into_split();
    let dribbling = tokio::spawn(async move {
        for byte in "GET /healthz HTTP/1.1\r\nx-long: ".bytes().chain(std::iter::repeat(b'x')) {
            if writing.write_all(&[byte]).await.is_err() {
                return;
            }
            sleep(SILENCE / 10).await;
        }
    });
    let said = until_closed(reading).await;
    dribbling.abort();
    assert!(!said.contains("200"), "{said}");

    let mut stream = connect(&host).await;
    let head = "POST /v1/jobs HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{";
    stream.write_all(head.as_bytes()).await.unwrap();
    let said = until_closed(stream).await;
    assert!(said.starts_with("HTTP/1.1 408") && said.contains("too slowly"), "{said}");
}

#[tokio::test]
async fn a_body_that_is_dribbled_without_a_pause_is_given_up_with_its_memory() {
    let place = tempfile::tempdir().unwrap();
    let host = host(&place).await;
    let (reading, mut writing) = connect(&host).await.into_split();
    let head = "POST /v1/jobs HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 1000000\r\n\r\n";
    let dribbling = tokio::spawn(async move {
        writing.write_all(head.as_bytes()).await.unwrap();
        while writing.write_all(b" ").await.is_ok() {
            sleep(SILENCE / 10).await;
        }
    });
    let said = until_closed(reading).await;
    dribbling.abort();
    assert!(said.starts_with("HTTP/1.1 408") && said.contains("too slowly"), "{said}");
    let metrics = host.get("/metrics").await;
    assert!(metrics.as_str().unwrap().contains("\ntaskbox_request_memory_bytes 0\n"), "{metrics}");
}

/// A watched job, and its stream with the first event read.
async fn watch(host: &TestHost) -> (String, Response) {
    let job = json!({ "task": "nobody", "allow_unknown_task": true, "delay": "1h" });
    // Its connection frees its place at once.
    let submit = host.request(Method::POST, "/v1/jobs").header("connection", "close").json(&job);
    let job: Value = submit.send().await.unwrap().json().await.unwrap();
    let id = job["id"].as_str().unwrap().to_owned();
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
    // Silent clients are disconnected meanwhile, one after the other.
    for _ in 0..2 {
        until_closed(connect(&host).await).await;
    }
    host.post(&format!("/v1/jobs/{id}/cancel"), &json!({})).await;
    let rest: Vec<_> = events.bytes_stream().map(|chunk| chunk.unwrap()).collect().await;
    let rest = String::from_utf8(rest.concat()).unwrap();
    assert!(rest.contains("cancelled"), "{rest}");
}

/// Requests a path, with these further headers, over a connection that stays open. Reads the whole response, and
/// returns its head.
async fn ask(stream: &mut TcpStream, path: &str, headers: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n{headers}\r\n");
    let asking = async {
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.expect("the connection stays open"));
        }
        let head = String::from_utf8(head).unwrap();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let mut body = vec![0; length.expect("it has a length").parse().unwrap()];
        stream.read_exact(&mut body).await.expect("the connection stays open");
        head
    };
    timeout(PATIENCE, asking).await.expect("answered in time")
}

/// The same, of a path that requires no token.
async fn ask_again(stream: &mut TcpStream) {
    let head = ask(stream, "/healthz", "").await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
}

#[tokio::test]
async fn one_more_than_there_are_places_waits_until_one_goes() {
    let place = tempfile::tempdir().unwrap();
    let host = host_that_bears(PATIENCE, &place).await;
    let mut watching = Vec::new();
    for _ in 1..CONNECTIONS {
        watching.push(watch(&host).await);
    }
    let mut asking = connect(&host).await;
    ask_again(&mut asking).await;
    // All places are held, by three that listen and one that sends requests; this is one more.
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let one_more = tokio::spawn(client.get(format!("{}/healthz", host.url)).send());
    for _ in 0..100 {
        ask_again(&mut asking).await;
    }
    assert!(!one_more.is_finished(), "there was a place for one more");
    drop(watching.pop());
    let answer = timeout(PATIENCE, one_more).await.expect("answered in time").unwrap().unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
}

const ASKING: &[u8] = b"GET /v1/openapi.json HTTP/1.1\r\nhost: localhost\r\n\r\n";

/// Sends requests and reads nothing, until the host disconnects it.
async fn ask_and_never_read(mut stream: TcpStream) {
    while stream.write_all(ASKING).await.is_ok() {}
}

#[tokio::test]
async fn who_asks_and_never_reads_is_cut_off() {
    let place = tempfile::tempdir().unwrap();
    let host = host(&place).await;
    let asking = connect(&host).await;
    timeout(PATIENCE / 4, ask_and_never_read(asking)).await.expect("the host cuts it off");
}

/// A connection that holds little of what the client does not read.
async fn connect_narrowly(host: &TestHost) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(4 * 1024).unwrap();
    socket.connect(host.url.strip_prefix("http://").unwrap().parse().unwrap()).await.unwrap()
}

#[tokio::test]
async fn a_stream_of_events_that_nobody_reads_is_cut_off() {
    let place = tempfile::tempdir().unwrap();
    let host = host(&place).await;
    host.upload("misbehave", binaries::plugin("misbehave")).await;
    host.put("/v1/plugins/misbehave/grant", &json!({ "limits": { "log_bytes": "4MiB" } })).await;
    host.put("/v1/queues/held", &json!({ "paused": true })).await;
    let lines = json!({ "stdout": 400, "text": "x".repeat(8_000) });
    let job = host.post("/v1/jobs", &json!({ "task": "print", "queue": "held", "input": lines })).await;

    let mut stream = connect_narrowly(&host).await;
    let head =
        format!("GET /v1/jobs/{}/events HTTP/1.1\r\nhost: localhost\r\n\r\n", job["id"].as_str().unwrap());
    stream.write_all(head.as_bytes()).await.unwrap();
    // It listens once its first event is there.
    let mut said = String::new();
    while !said.contains("data:") {
        let mut bytes = [0; 64];
        let count = timeout(PATIENCE, stream.read(&mut bytes)).await.expect("an event comes").unwrap();
        said.push_str(&String::from_utf8_lossy(&bytes[..count]));
    }
    host.put("/v1/queues/held", &json!({ "paused": false })).await;
    timeout(PATIENCE / 4, ask_and_never_read(stream)).await.expect("the host cuts it off");
}

#[tokio::test]
async fn a_token_gets_in_however_many_strangers_hold_on_to_their_connections() {
    let place = tempfile::tempdir().unwrap();
    let host = guarded_host(&place).await;
    let mut strangers = Vec::new();
    for _ in 0..CONNECTIONS * 3 {
        strangers.push(tokio::spawn(ask_and_never_read(connect(&host).await)));
    }
    let asking = host.request(Method::GET, "/v1/queues").bearer_auth(TOKEN).send();
    let answer = timeout(PATIENCE / 4, asking).await.expect("answered in time").unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    strangers.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test]
async fn who_has_shown_a_token_keeps_its_connection_whoever_else_comes() {
    let place = tempfile::tempdir().unwrap();
    let host = guarded_host(&place).await;
    let mut known = connect(&host).await;
    let token = format!("authorization: Bearer {TOKEN}\r\n");
    let head = ask(&mut known, "/v1/queues", &token).await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    let mut strangers = Vec::new();
    for _ in 0..CONNECTIONS * 3 {
        strangers.push(connect(&host).await);
    }
    // The last one gets a response, so that all of them were accepted, in favour of which the first ones were closed.
    ask_again(strangers.last_mut().unwrap()).await;
    assert_eq!(until_closed(strangers.remove(0)).await, "");
    let head = ask(&mut known, "/v1/queues", &token).await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
}

#[tokio::test]
async fn neither_the_silent_nor_the_listening_hold_up_the_end() {
    let place = tempfile::tempdir().unwrap();
    let host = host(&place).await;
    let (_id, _events) = watch(&host).await;
    let _silent = connect(&host).await;
    assert!(host.terminate().await.success());
}
