//! A secret on its way to the server, and what of it comes back.

use std::sync::Mutex;

use futures::stream;
use http::HeaderMap;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;
use crate::domain::egress_policy::placeholder;
use crate::domain::{SecretName, SecretRule};
use crate::ports::SecretValue;

const SECRET: &str = "sk_live_1";

fn name() -> SecretName {
    "stripe-key".parse().unwrap()
}

/// A pass that may send the secret to this server, in `authorization`.
fn pass_with_secret(url: &str) -> EgressPass {
    pass_with_secret_for(url, url)
}

/// A pass that may send requests to `url`, and the secret to `bound`.
fn pass_with_secret_for(bound: &str, url: &str) -> EgressPass {
    let rule =
        SecretRule { name: name(), hosts: vec![bound.to_owned()], headers: SecretRule::usual_headers() };
    let secret = (placeholder(&name(), 1), SecretValue::new(SECRET));
    let grant = Grant { secrets: vec![rule], ..grant(&[url]) };
    EgressPass { secrets: Arc::new([(name(), secret)].into()), ..pass(grant) }
}

fn authorized(url: &str) -> http::request::Builder {
    http::Request::get(url).header("authorization", format!("Bearer {}", placeholder(&name(), 1)))
}

async fn send_with_secret(
    url: &str,
    request: http::request::Builder,
) -> Result<http::Response<Body>, EgressError> {
    let request = request.body(body("")).unwrap();
    let egress = HttpEgress::new().unwrap();
    egress.send(&pass_with_secret(url), request, EgressTimeouts::default()).await
}

/// A server that answers every request with these bytes and closes the connection.
async fn raw_server(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (mut connection, _) = listener.accept().await.unwrap();
            assert!(connection.read(&mut [0; 4096]).await.unwrap() > 0);
            connection.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    url
}

/// What this server sees of a request that asks for a part of an answer, compressed.
async fn seen_by_server(
    request: impl FnOnce(&str) -> http::request::Builder,
    grant_url: Option<&str>,
) -> HeaderMap {
    let seen = Arc::new(Mutex::new(HeaderMap::new()));
    let note = Arc::clone(&seen);
    let app = Router::new().fallback(move |headers: HeaderMap| async move {
        *note.lock().unwrap() = headers;
    });
    let url = format!("http://127.0.0.1:{}", serve(app).await);
    let request = request(&url).header("range", "bytes=0-3").header("accept-encoding", "gzip");
    let request = request.body(body("")).unwrap();
    let pass = pass_with_secret_for(grant_url.unwrap_or(&url), &url);
    HttpEgress::new().unwrap().send(&pass, request, EgressTimeouts::default()).await.unwrap();
    seen.lock().unwrap().clone()
}

#[tokio::test]
async fn the_server_gets_the_secret_and_is_asked_for_an_answer_that_can_be_searched() {
    let seen = seen_by_server(authorized, None).await;
    assert_eq!(seen["authorization"], format!("Bearer {SECRET}"));
    assert_eq!(seen["accept-encoding"], "identity");
    assert!(!seen.contains_key("range"));
}

#[tokio::test]
async fn a_second_request_without_the_secret_cannot_fetch_it_in_disguise() {
    let seen = seen_by_server(|url| http::Request::get(url), None).await;
    assert_eq!(seen["accept-encoding"], "identity");
    assert!(!seen.contains_key("range"));
}

#[tokio::test]
async fn a_server_that_gets_no_secret_is_asked_for_what_the_guest_wants() {
    let seen = seen_by_server(|url| http::Request::get(url), Some("https://api.stripe.com")).await;
    assert_eq!(
        (&seen["accept-encoding"], &seen["range"]),
        (&"gzip".parse().unwrap(), &"bytes=0-3".parse().unwrap())
    );
}

#[tokio::test]
async fn a_server_that_repeats_the_secret_does_not_give_it_to_the_guest() {
    let url = raw_server(
        "HTTP/1.1 200 sk_live_1\r\nx-request-id: Bearer sk_live_1\r\nlocation: /?key=sk_live_1\r\n\
         transfer-encoding: chunked\r\ntrailer: x-end\r\n\r\n\
         6\r\na sk_l\r\n5\r\nive_1\r\n8\r\n, sk_liv\r\n0\r\nx-end: sk_live_1\r\n\r\n",
    )
    .await;
    for request in [authorized(&url), http::Request::get(&url)] {
        let answer = send_with_secret(&url, request).await.unwrap();
        assert_eq!(answer.headers()["x-request-id"], "Bearer *********");
        assert_eq!(answer.headers()["location"], "/?key=*********");
        let whole = answer.into_body().collect().await.unwrap();
        assert_eq!(whole.trailers().unwrap()["x-end"], "*********");
        assert_eq!(whole.to_bytes(), "a *********, sk_liv");
    }
}

#[tokio::test]
async fn what_is_hidden_keeps_its_length() {
    let url = raw_server("HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\nasking: sk_").await;
    let answer = send_with_secret(&url, authorized(&url)).await.unwrap();
    assert_eq!(answer.headers()["content-length"], "11");
    assert_eq!(text(answer).await, "asking: sk_", "what is only the beginning of a secret comes in the end");
}

#[tokio::test]
async fn an_answer_that_is_still_encoded_is_withheld_with_the_reason() {
    let url = raw_server("HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 4\r\n\r\nzzzz").await;
    for request in [authorized(&url), http::Request::get(&url)] {
        let error = send_with_secret(&url, request).await.unwrap_err();
        assert_eq!(error, EgressError::Encoded("gzip"));
    }
    let other = pass_with_secret_for("https://api.stripe.com", &url);
    let answer = HttpEgress::new().unwrap().send(&other, get(&url), EgressTimeouts::default()).await.unwrap();
    assert_eq!(text(answer).await, "zzzz", "a server that gets no secret may send what it wants");
}

#[tokio::test]
async fn a_secret_that_a_server_repeats_as_a_coding_is_not_in_the_reason() {
    let url =
        raw_server("HTTP/1.1 200 OK\r\ncontent-encoding: sk_live_1\r\ncontent-length: 4\r\n\r\nzzzz").await;
    let error = send_with_secret(&url, authorized(&url)).await.unwrap_err();
    assert_eq!(error, EgressError::Encoded("unknown"));
}

#[tokio::test]
async fn a_placeholder_in_a_body_is_sent_as_it_is() {
    let app = Router::new().fallback(|body: String| async move {
        let pieces = body.into_bytes().into_iter().map(|byte| Ok::<_, std::io::Error>(vec![byte]));
        axum::body::Body::from_stream(stream::iter(pieces))
    });
    let url = format!("http://127.0.0.1:{}", serve(app).await);
    let sent = placeholder(&name(), 1);
    let request = http::Request::post(&url).body(body(sent.clone())).unwrap();
    let egress = HttpEgress::new().unwrap();
    let answer = egress.send(&pass_with_secret(&url), request, EgressTimeouts::default()).await.unwrap();
    assert_eq!(text(answer).await, sent);
}
