//! `/v1/jobs/{id}/events`: states, progress and printed lines of a job, in order, until it is final.

use axum::extract::State;
use axum::response::Response;
use serde_json::json;

use super::events::{self, LastEventIdParam, Watch, WatchResponses};
use super::readable::check_may_read;
use crate::api::Api;
use crate::api::access::CalledBy;
use crate::api::live::{self, LastEventId, Sent, StreamEventName};
use crate::api::problem::Problem;
use crate::api::read::PathId;
use crate::api::wire::{JobBody, ProgressBody};
use crate::domain::JobId;
use crate::queue::{JobNews, JobWatch};
use crate::watching::Notice;

/// Watch a job. The response is a stream of server-sent events, in order:
///
/// - `state`: the job, now and at every change. The last one is final.
/// - `progress`: `done`, `total`, `message`, `at`.
/// - `log`: `attempt` and `line`; first the lines printed so far, as far as they are kept.
/// - `gap`: `left_out` is the number of events that are missing here, because the client was too slow or disconnected
///   for too long. It is null when the client's position is no longer known; the stream then starts again.
///
/// A client that reconnects with the id of its last event in `Last-Event-ID` receives the events after it.
#[utoipa::path(
    get, path = "/v1/jobs/{id}/events", tag = "jobs", operation_id = "watch_job",
    params(("id" = Uuid, Path), LastEventIdParam),
    responses(WatchResponses)
)]
pub(super) async fn watch(
    State(api): State<Api>,
    CalledBy(caller): CalledBy,
    PathId(id): PathId<JobId>,
    LastEventId(after): LastEventId,
) -> Result<Response, Problem> {
    check_may_read(&api, &caller, id).await?;
    let watch = api.queue.watch(id, after).await?.ok_or_else(|| Problem::no_such("job", id))?;
    Ok(events::answer(api, watch))
}

impl Watch for JobWatch {
    fn is_over(&self) -> bool {
        JobWatch::is_over(self)
    }

    async fn next(&mut self, api: &Api) -> Option<Sent> {
        JobWatch::next(self).await.map(|notice| event(notice, api))
    }
}

fn event(Notice { news, id }: Notice<JobNews>, api: &Api) -> Sent {
    match news {
        JobNews::State(details) => {
            let hold = api.queue.hold(&details.job.spec.task);
            live::json_event(StreamEventName::State, id, &JobBody::detailed(&details, hold, api.clock.now()))
        }
        JobNews::Progress(progress) => {
            live::json_event(StreamEventName::Progress, id, &ProgressBody::from(&progress))
        }
        JobNews::Line { attempt, line } => {
            live::json_event(StreamEventName::Log, id, &json!({ "attempt": attempt, "line": line }))
        }
        JobNews::Gap(left_out) => events::gap(id, left_out),
    }
}
