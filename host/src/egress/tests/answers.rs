//! What comes back, and what happens when it does not.

use std::future::pending;
use std::time::Duration;

use axum::body::Body as Answer;
use axum::routing::get as on_get;
use futures::{StreamExt, stream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;
use crate::domain::{ByteSize, LimitsSpec};
use crate::ports::BodyError;

const SHORT: Duration = Duration::from_millis(100);

/// A chunk, and then silence for ever.
async fn stalled() -> Answer {
    let first = stream::iter([Ok::<_, std::io::Error>("begun")]);
    Answer::from_stream(first.chain(stream::pending()))
}

async fn ask(app: Router, timeouts: EgressTimeouts) -> Result<http::Response<Body>, EgressError> {
    let url = format!("http://127.0.0.1:{}", serve(app).await);
    HttpEgress::new().unwrap().send(&pass(grant(&[&url])), get(&url), timeouts).await
}

#[tokio::test]
async fn an_answer_arrives_piece_by_piece() {
    let answer = ask(Router::new().route("/", on_get(stalled)), EgressTimeouts::default()).await.unwrap();
    let first = answer.into_body().frame().await.unwrap().unwrap();
    assert_eq!(first.into_data().unwrap(), "begun");
}

#[tokio::test]
async fn an_answer_beyond_its_limit_ends_with_an_error_announced_or_not() {
    let announced = || async { "x".repeat(2000) };
    let endless = || stream::repeat_with(|| Ok::<_, std::io::Error>("x".repeat(500)));
    let streamed = move || async move { Answer::from_stream(endless()) };
    let app = Router::new().route("/announced", on_get(announced)).route("/streamed", on_get(streamed));
    let url = format!("http://127.0.0.1:{}", serve(app).await);
    let limits = LimitsSpec { response_bytes: Some(ByteSize::kib(1)), ..LimitsSpec::default() };
    for path in ["announced", "streamed"] {
        let granted = Grant { limits: limits.clone(), ..grant(&[&url]) };
        let answer = send(granted, get(&format!("{url}/{path}"))).await.unwrap();
        let error = answer.into_body().collect().await.unwrap_err();
        assert_eq!(error, BodyError::TooLarge { limit_bytes: 1024 }, "{path}");
    }
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up() {
    let app = Router::new().fallback(pending::<()>);
    let timeouts = EgressTimeouts { first_byte: Some(SHORT), ..EgressTimeouts::default() };
    let error = ask(app, timeouts).await.unwrap_err();
    assert_eq!(error, EgressError::AnswerTimedOut);
}

#[tokio::test]
async fn an_answer_that_stalls_is_given_up() {
    let timeouts = EgressTimeouts { between_bytes: Some(SHORT), ..EgressTimeouts::default() };
    let answer = ask(Router::new().route("/", on_get(stalled)), timeouts).await.unwrap();
    assert_eq!(answer.into_body().collect().await.unwrap_err(), BodyError::TimedOut);
}

#[tokio::test]
async fn a_handshake_that_stalls_is_given_up_by_the_connect_timeout() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let timeouts = EgressTimeouts { connect: Some(SHORT), ..EgressTimeouts::default() };
    let error =
        HttpEgress::new().unwrap().send(&pass(grant(&[&url])), get(&url), timeouts).await.unwrap_err();
    assert_eq!(error, EgressError::ConnectTimedOut);
}

#[tokio::test]
async fn a_connection_that_breaks_off_is_told_before_and_within_the_body() {
    for (sent, head_arrives) in [("", false), ("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nbegun", true)] {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            let (mut connection, _) = listener.accept().await.unwrap();
            assert!(connection.read(&mut [0; 1024]).await.unwrap() > 0);
            connection.write_all(sent.as_bytes()).await.unwrap();
        });
        match send(grant(&[&url]), get(&url)).await {
            Ok(answer) => {
                let error = answer.into_body().collect().await.unwrap_err();
                assert!(head_arrives && matches!(error, BodyError::Broken(_)), "{error:?}");
            }
            Err(error) => assert!(!head_arrives && matches!(error, EgressError::Broken(_)), "{error:?}"),
        }
    }
}

#[tokio::test]
async fn what_kept_a_request_from_being_sent_is_told_apart() {
    let plain = serve(Router::new()).await;
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    let error = |url: String| async move { send(grant(&[&url]), get(&url)).await.unwrap_err() };
    let tls = error(format!("https://127.0.0.1:{plain}")).await;
    assert!(matches!(tls, EgressError::Tls(_)), "{tls:?}");
    let refused = error(format!("http://127.0.0.1:{closed}")).await;
    assert!(matches!(&refused, EgressError::Connect(text) if text.contains("refused")), "{refused:?}");
    let unknown = error("http://nowhere.invalid".to_owned()).await;
    assert!(matches!(&unknown, EgressError::Dns(text) if text.contains("nowhere.invalid")), "{unknown:?}");
}
