//! Egress against real servers on a loopback port, which every grant here names in `networks`.

mod answers;
mod floods;
mod guards;
mod intercepted;
mod requests;
mod secrets;

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use bytes::Bytes;
use http_body_util::BodyExt;
use tokio::net::TcpListener;

use super::HttpEgress;
use crate::domain::{Grant, HostRule};
use crate::ports::{Body, Egress, EgressError, EgressPass, EgressTimeouts, whole_body as body};

/// Starts a server and answers with its port. It ends with the test's runtime.
async fn serve(app: Router) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move { axum::serve(listener, app).await });
    port
}

/// A grant for these hosts that may reach loopback.
fn grant(hosts: &[&str]) -> Grant {
    let rule = |url: &&str| HostRule::whole(*url);
    Grant {
        hosts: hosts.iter().map(rule).collect(),
        networks: vec!["127.0.0.0/8".parse().unwrap()],
        ..Grant::default()
    }
}

fn pass(grant: Grant) -> EgressPass {
    EgressPass {
        plugin: "create-order".parse().unwrap(),
        grant: Arc::new(grant),
        secrets: Arc::new(BTreeMap::new()),
    }
}

fn get(url: &str) -> http::Request<Body> {
    http::Request::get(url).body(body("")).unwrap()
}

async fn send(grant: Grant, request: http::Request<Body>) -> Result<http::Response<Body>, EgressError> {
    HttpEgress::new().unwrap().send(&pass(grant), request, EgressTimeouts::default()).await
}

async fn text(response: http::Response<Body>) -> String {
    let bytes = response.into_body().collect().await.unwrap().to_bytes();
    String::from_utf8(bytes.to_vec()).unwrap()
}
