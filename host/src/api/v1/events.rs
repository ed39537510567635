//! What the streams of jobs and of orders share: how a client comes back, and what it is answered.

use axum::response::Response;
use futures::stream;
use serde_json::json;
use utoipa::{IntoParams, IntoResponses};

use crate::api::Api;
use crate::api::live::{self, Sent, StreamEventName};
use crate::api::problem::ProblemBody;
use crate::ports::Bookmark;

/// The header by which a client resumes a stream; [`live::LastEventId`] reads it.
#[derive(IntoParams)]
#[into_params(names("Last-Event-ID"), parameter_in = Header)]
#[allow(dead_code, reason = "describes a header")]
pub(super) struct LastEventIdParam(
    /// Id of the last event that the client received
    Option<String>,
);

/// The responses to a watcher.
#[derive(IntoResponses)]
#[allow(dead_code, reason = "describes answers")]
pub(super) enum WatchResponses {
    /// The events, until the last one
    #[response(status = 200, content_type = "text/event-stream")]
    Events(String),
    /// The client has received all events
    #[response(status = 204)]
    NothingMore,
    /// Submitted by another token
    #[response(status = 403)]
    Foreign(ProblemBody<'static>),
    /// Not found
    #[response(status = 404)]
    NoneThere(ProblemBody<'static>),
}

/// A source of events.
pub(super) trait Watch: Send + 'static {
    /// Whether the client has all events.
    fn is_over(&self) -> bool;

    /// The next event, ready to send; `None` after the last one.
    fn next(&mut self, api: &Api) -> impl Future<Output = Option<Sent>> + Send;
}

/// The response to a watcher: events until the last one, or until the host stops.
pub(super) fn answer(api: Api, watch: impl Watch) -> Response {
    if watch.is_over() {
        return live::nothing_more();
    }
    let next = async |(api, mut watch): (Api, _)| {
        let sent = tokio::select! {
            biased;
            () = api.stopping.cancelled() => None,
            sent = Watch::next(&mut watch, &api) => sent,
        };
        Some((sent?, (api, watch)))
    };
    live::stream(stream::unfold((api, watch), next))
}

/// The event that reports missing events, and their number if it is known.
pub(super) fn gap(id: Option<Bookmark>, left_out: Option<u64>) -> Sent {
    live::json_event(StreamEventName::Gap, id, &json!({ "left_out": left_out }))
}
