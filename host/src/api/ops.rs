//! Probes and metrics.

use std::sync::atomic::Ordering;

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::get;

use super::Api;
use super::access::Need;
use super::problem::{Kind, PartState, Problem};
use super::routes::Routes;

/// `/healthz`, `/readyz` and `/metrics`.
pub(super) fn routes() -> Routes {
    Routes::default()
        .plain(Need::Nothing, "/healthz", get(async || "ok\n"))
        .plain(Need::Nothing, "/readyz", get(ready))
        .plain(Need::Read, "/metrics", get(metrics))
}

/// Whether the host accepts work: not while it starts, while it stops, or while its disk is full. With a full disk it
/// still serves reads. The problem lists the parts, and what is wrong with each.
async fn ready(State(api): State<Api>) -> Result<&'static str, Problem> {
    let serves = api.ready.load(Ordering::Acquire);
    let host = (!serves).then(|| Problem::new(Kind::UNAVAILABLE, "the host is starting or stopping"));
    let storage = api.queue.takes_jobs().await.err().map(Problem::from);
    let parts = vec![part("host", host.as_ref()), part("storage", storage.as_ref())];
    match host.or(storage) {
        Some(problem) => Err(problem.with_parts(parts)),
        None => Ok("ready\n"),
    }
}

fn part(name: &'static str, problem: Option<&Problem>) -> PartState {
    PartState { name, ready: problem.is_none(), detail: problem.map(|problem| problem.detail().to_owned()) }
}

async fn metrics(State(api): State<Api>) -> impl IntoResponse {
    // While storage fails, the other metrics are the more wanted.
    if let Err(error) = api.queue.set_gauges().await {
        tracing::warn!(%error, "the gauges of queues and storage could not be set");
    }
    ([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], api.metrics.render())
}
