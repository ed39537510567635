//! Probes and metrics.

use std::sync::atomic::Ordering;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;

use super::Api;
use super::access::Need;
use super::problem::{Kind, Problem};
use super::routes::Routes;

/// `/healthz`, `/readyz` and `/metrics`.
pub(super) fn routes() -> Routes {
    Routes::default()
        .plain(Need::Nothing, "/healthz", get(async || "ok\n"))
        .plain(Need::Nothing, "/readyz", get(ready))
        .plain(Need::Read, "/metrics", get(metrics))
}

/// Whether the host accepts work: not while it starts, while it stops, or while its disk is full. With a full disk it
/// still serves reads.
async fn ready(State(api): State<Api>) -> Result<&'static str, Problem> {
    if !api.ready.load(Ordering::Acquire) {
        return Err(Problem::new(Kind::UNAVAILABLE, "the host is starting or stopping"));
    }
    api.queue.takes_jobs().await?;
    Ok("ready\n")
}

async fn metrics(State(api): State<Api>) -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], api.metrics.render())
}
