//! What is not let through.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::response::Redirect;
use axum::routing::get as on_get;

use super::*;

#[tokio::test]
async fn what_is_not_granted_is_never_asked_for() {
    let asked = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&asked);
    let count = move || async move {
        counter.fetch_add(1, Ordering::Relaxed);
    };
    let port = serve(Router::new().fallback(count)).await;
    let error = send(grant(&["https://api.stripe.com"]), get(&format!("http://127.0.0.1:{port}/x"))).await;
    let text = error.unwrap_err().to_string();
    assert!(text.contains(&format!(r#"add {{"url":"http://127.0.0.1:{port}","methods":["GET"]"#)), "{text}");
    assert_eq!(asked.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn a_loopback_address_needs_its_network_by_name_and_by_number() {
    let port = serve(Router::new().route("/", on_get(|| async { "here" }))).await;
    for host in ["localhost", "127.0.0.1", "127.1", "0x7f000001"] {
        let url = format!("http://{host}:{port}");
        let granted = grant(&[&url]);
        let error = send(Grant { networks: Vec::new(), ..granted.clone() }, get(&url)).await.unwrap_err();
        assert!(matches!(&error, EgressError::Denied(_)), "{error:?}");
        assert!(
            error.to_string().contains(r#"/8" to "networks""#) || error.to_string().contains("::1"),
            "{error}"
        );
        assert_eq!(text(send(granted, get(&url)).await.unwrap()).await, "here");
    }
}

#[tokio::test]
async fn an_open_connection_serves_no_grant_that_may_not_reach_its_address() {
    let port = serve(Router::new().route("/", on_get(|| async { "here" }))).await;
    let url = format!("http://localhost:{port}");
    let egress = HttpEgress::new().unwrap();
    let may = grant(&[&url]);
    let may_not = Grant { networks: vec!["10.0.0.0/8".parse().unwrap()], ..may.clone() };
    let answer = egress.send(&pass(may), get(&url), EgressTimeouts::default()).await.unwrap();
    assert_eq!(text(answer).await, "here", "so that its connection is idle now");
    let error = egress.send(&pass(may_not), get(&url), EgressTimeouts::default()).await.unwrap_err();
    assert!(matches!(error, EgressError::Denied(_)), "{error:?}");
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let port = serve(Router::new().route("/", on_get(|| async { Redirect::to("http://10.0.0.1/") }))).await;
    let url = format!("http://127.0.0.1:{port}");
    let answer = send(grant(&[&url]), get(&url)).await.unwrap();
    assert_eq!(answer.status(), 303);
    assert_eq!(answer.headers()["location"], "http://10.0.0.1/");
}

#[tokio::test]
async fn a_tunnel_is_refused() {
    let request =
        http::Request::builder().method("CONNECT").uri("http://127.0.0.1:9/").body(body("")).unwrap();
    let error = send(grant(&["http://127.0.0.1:9"]), request).await.unwrap_err();
    assert!(error.to_string().contains("tunnel"), "{error}");
}
