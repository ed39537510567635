//! Servers that send without end what is no body.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::time::Duration;

use axum::extract::ConnectInfo;
use http_body::Frame;
use http_body_util::StreamBody;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinHandle;

use super::super::budget::{BUFFER_BYTES_MAX, OVERHEAD_BYTES_MAX};
use super::*;
use crate::domain::{ByteSize, LimitsSpec};
use crate::ports::BodyError;

/// More than the system's own buffers hold of a connection on loopback.
const SYSTEM_BUFFERS_MAX: usize = 32 << 20;

/// Time that a flood may last before the test fails.
const PATIENCE: Duration = Duration::from_secs(120);

/// What is done in time.
async fn in_time<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work).await.expect("it is stopped in time")
}

/// A server that answers one request with `begin`, and then with `more` until the connection is closed.
async fn endless(begin: &'static str, more: &'static str) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (mut connection, _) = listener.accept().await.unwrap();
        assert!(connection.read(&mut [0; 4096]).await.unwrap() > 0);
        let (mut sent, more) = (0, more.repeat(1_000));
        connection.write_all(begin.as_bytes()).await.unwrap();
        while let Ok(bytes) = connection.write(more.as_bytes()).await {
            sent += bytes;
            assert!(sent < SYSTEM_BUFFERS_MAX, "nobody stops it");
        }
    });
    (url, server)
}

#[tokio::test]
async fn interim_answers_without_end_are_cut_off() {
    let (url, server) = endless("", "HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n").await;
    let error = in_time(send(grant(&[&url]), get(&url))).await.unwrap_err();
    assert_eq!(error, EgressError::HeadTooLarge { limit_bytes: OVERHEAD_BYTES_MAX.into() });
    in_time(server).await.unwrap();
}

#[tokio::test]
async fn a_head_without_end_is_cut_off() {
    let (url, server) = endless("HTTP/1.1 200 OK\r\nx-long: ", "xxxxxxxxxx").await;
    let error = in_time(send(grant(&[&url]), get(&url))).await.unwrap_err();
    assert_eq!(error, EgressError::HeadTooLarge { limit_bytes: BUFFER_BYTES_MAX as u64 });
    in_time(server).await.unwrap();
}

#[tokio::test]
async fn chunks_of_one_byte_are_cut_off_long_before_the_limit_of_the_body() {
    let (url, server) = endless("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", "1\r\nx\r\n").await;
    let mut answer = in_time(send(grant(&[&url]), get(&url))).await.unwrap().into_body();
    let mut received = 0;
    let error = loop {
        match in_time(answer.frame()).await.expect("it has no end") {
            Ok(frame) => received += frame.into_data().unwrap().len() as u64,
            Err(error) => break error,
        }
    };
    assert_eq!(error, BodyError::TooMuchFraming { limit_bytes: OVERHEAD_BYTES_MAX.into() });
    // Five bytes of each chunk are none of the body; what was read ahead comes on top.
    assert!(received <= u64::from(OVERHEAD_BYTES_MAX) / 3, "{received} bytes and as many chunks");
    in_time(server).await.unwrap();
}

#[tokio::test]
async fn large_bodies_and_many_answers_on_one_connection_are_not_cut_off() {
    const PIECES: usize = 512;
    let clients = Arc::new(Mutex::new(HashSet::new()));
    let seen = Arc::clone(&clients);
    let answer = move |ConnectInfo(client): ConnectInfo<SocketAddr>| async move {
        seen.lock().unwrap().insert(client);
        let piece = || Ok::<_, std::io::Error>(Frame::data(Bytes::from(vec![b'x'; 16 * 1024])));
        let pieces = futures::stream::iter(std::iter::repeat_with(piece).take(PIECES));
        let head = [("x-long", "y".repeat(8 * 1024))];
        (head, axum::body::Body::new(StreamBody::new(pieces)))
    };
    let app = Router::new().fallback(answer).into_make_service_with_connect_info::<SocketAddr>();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    let limits = LimitsSpec { response_bytes: Some(ByteSize::mib(8)), ..LimitsSpec::default() };
    let pass = pass(Grant { limits, ..grant(&[&url]) });
    let egress = HttpEgress::new().unwrap();
    for _ in 0..40 {
        let answer = in_time(egress.send(&pass, get(&url), EgressTimeouts::default())).await.unwrap();
        let whole = in_time(answer.into_body().collect()).await.unwrap().to_bytes();
        assert_eq!(whole.len(), PIECES * 16 * 1024);
    }
    assert_eq!(clients.lock().unwrap().len(), 1, "one connection");
}
