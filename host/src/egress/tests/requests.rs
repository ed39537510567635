//! What arrives at the server.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::extract::ConnectInfo;
use axum::routing::{get as on_get, post};
use futures::stream;
use http::HeaderMap;
use http_body::Frame;
use http_body_util::StreamBody;
use tokio::io::AsyncReadExt;

use super::*;
use crate::ports::BodyError;

#[tokio::test]
async fn the_server_gets_its_own_name_and_no_header_of_the_connection() {
    let show = |headers: HeaderMap| async move {
        let seen = |name| headers.get(name).map_or("-", |value| value.to_str().unwrap()).to_owned();
        [seen("host"), seen("upgrade"), seen("x-mine")].join(" ")
    };
    let port = serve(Router::new().route("/", on_get(show))).await;
    let url = format!("http://127.0.0.1:{port}");
    let request = http::Request::get(&url)
        .header("host", "evil.example")
        .header("upgrade", "websocket")
        .header("x-mine", "kept");
    let request = request.body(body("")).unwrap();
    let answer = send(grant(&[&url]), request).await.unwrap();
    assert_eq!(text(answer).await, format!("127.0.0.1:{port} - kept"));
}

#[tokio::test]
async fn a_body_is_streamed_up_whether_its_length_is_known_or_not() {
    let show = |headers: HeaderMap, body: String| async move {
        format!("{:?} {body}", headers.get("content-length").map(|value| value.to_str().unwrap().to_owned()))
    };
    let port = serve(Router::new().route("/", post(show))).await;
    let url = format!("http://127.0.0.1:{port}");
    let known = http::Request::post(&url).body(body("four")).unwrap();
    assert_eq!(text(send(grant(&[&url]), known).await.unwrap()).await, "Some(\"4\") four");
    let chunks = ["one ", "two"].map(|chunk| Ok::<_, BodyError>(Frame::data(Bytes::from(chunk))));
    let unknown = StreamBody::new(stream::iter(chunks)).boxed_unsync();
    let unknown = http::Request::post(&url).body(unknown).unwrap();
    assert_eq!(text(send(grant(&[&url]), unknown).await.unwrap()).await, "None one two");
}

#[tokio::test]
async fn a_guest_that_breaks_off_its_body_gets_an_error() {
    let port = serve(Router::new().route("/", post(|body: String| async { body }))).await;
    let url = format!("http://127.0.0.1:{port}");
    let broken = stream::iter([Err(BodyError::Broken("the guest left".to_owned()))]);
    let request = http::Request::post(&url).body(StreamBody::new(broken).boxed_unsync()).unwrap();
    let error = send(grant(&[&url]), request).await.unwrap_err();
    assert!(matches!(&error, EgressError::Broken(text) if text.contains("the guest left")), "{error:?}");
}

#[tokio::test]
async fn a_server_is_offered_http_1_alone() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let hello = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        // A TLS record: its type, version and length, and then the ClientHello in the clear.
        let mut head = [0; 5];
        stream.read_exact(&mut head).await.unwrap();
        let mut hello = vec![0; usize::from(u16::from_be_bytes([head[3], head[4]]))];
        stream.read_exact(&mut hello).await.unwrap();
        hello
    });
    send(grant(&[&url]), get(&url)).await.unwrap_err();
    let hello = hello.await.unwrap();
    let offers = |list: &[u8]| hello.windows(list.len()).any(|bytes| bytes == list);
    // The list of protocols is its length, and then each of them behind its own.
    assert!(offers(b"\x00\x09\x08http/1.1"));
}

#[tokio::test]
async fn plugins_with_the_same_networks_share_their_connections() {
    let clients = Arc::new(Mutex::new(HashSet::new()));
    let seen = Arc::clone(&clients);
    let note = move |ConnectInfo(client): ConnectInfo<SocketAddr>| async move {
        seen.lock().unwrap().insert(client);
    };
    let app = Router::new().fallback(note).into_make_service_with_connect_info::<SocketAddr>();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    let egress = HttpEgress::new().unwrap();
    for plugin in ["create-order", "mail", "create-order"] {
        let pass = EgressPass { plugin: plugin.parse().unwrap(), ..pass(grant(&[&url])) };
        text(egress.send(&pass, get(&url), EgressTimeouts::default()).await.unwrap()).await;
    }
    assert_eq!(clients.lock().unwrap().len(), 1);
}
