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
    let rule = SecretRule { name: name(), hosts: vec![url.to_owned()], headers: SecretRule::usual_headers() };
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

#[tokio::test]
async fn the_server_gets_the_secret_and_is_asked_for_an_answer_that_can_be_searched() {
    let seen = Arc::new(Mutex::new(HeaderMap::new()));
    let note = Arc::clone(&seen);
    let app = Router::new().fallback(move |headers: HeaderMap| async move {
        *note.lock().unwrap() = headers;
    });
    let url = format!("http://127.0.0.1:{}", serve(app).await);
    let request = authorized(&url).header("range", "bytes=0-3").header("accept-encoding", "gzip");
    send_with_secret(&url, request).await.unwrap();
    {
        let seen = seen.lock().unwrap();
        assert_eq!(seen["authorization"], format!("Bearer {SECRET}"));
        assert_eq!(seen["accept-encoding"], "identity");
        assert!(!seen.contains_key("range"));
    }
    let request = http::Request::get(&url).header("range", "bytes=0-3").header("accept-encoding", "gzip");
    send_with_secret(&url, request).await.unwrap();
    let seen = seen.lock().unwrap();
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
    let error = send_with_secret(&url, authorized(&url)).await.unwrap_err();
    assert_eq!(error, EgressError::Encoded("gzip".to_owned()));
    let answer = send_with_secret(&url, http::Request::get(&url)).await.unwrap();
    assert_eq!(text(answer).await, "zzzz", "a request without a secret may ask for what it wants");
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
