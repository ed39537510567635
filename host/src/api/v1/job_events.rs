//! `/v1/jobs/{id}/events`: states, progress and printed lines of a job, until it is final.

use axum::extract::State;
use axum::response::Response;
use axum::response::sse::Event as SseEvent;
use futures::stream;
use serde_json::json;

use crate::api::Api;
use crate::api::access::{CalledBy, check_read};
use crate::api::live::{self, News, Watcher};
use crate::api::problem::{Problem, ProblemBody};
use crate::api::read::PathId;
use crate::api::wire::{JobBody, ProgressBody};
use crate::domain::{JobDetails, JobId};
use crate::ports::{Event, Topic};

/// Watch a job: server-sent events `state` (the job, at once and at every change), `progress`
/// (`done`, `total`, `message`, `at`) and `log` (`attempt`, `line`).
#[utoipa::path(
    get, path = "/v1/jobs/{id}/events", tag = "jobs", operation_id = "watch_job",
    params(("id" = Uuid, Path)),
    responses(
        (status = 200, description = "Events until it is final", content_type = "text/event-stream",
            body = String),
        (status = 403, description = "Another token submitted it", body = ProblemBody<'static>),
        (status = 404, description = "There is none", body = ProblemBody<'static>),
    )
)]
pub(super) async fn watch(
    State(api): State<Api>,
    CalledBy(caller): CalledBy,
    PathId(id): PathId<JobId>,
) -> Result<Response, Problem> {
    let watcher = Watcher::new(&api, Topic::Job(id));
    let details = api.queue.job(id).await?.ok_or_else(|| Problem::no_such("job", id))?;
    check_read(&caller, &details.job.spec.submitter, "job")?;
    let watch = Watch { api, watcher, details, told: false };
    Ok(live::stream(stream::unfold(watch, Watch::next)))
}

struct Watch {
    api: Api,
    watcher: Watcher,
    details: JobDetails,
    told: bool,
}

impl Watch {
    async fn next(mut self) -> Option<(SseEvent, Self)> {
        if !self.told {
            self.told = true;
            return Some((self.state(), self));
        }
        while !self.details.job.state.phase.is_final() {
            let event = match self.watcher.next().await? {
                News::Event(Event::Progress(_, progress)) => {
                    Some(live::json_event("progress", &ProgressBody::from(&progress)))
                }
                News::Event(Event::Log { attempt, line, .. }) => {
                    Some(live::json_event("log", &json!({ "attempt": attempt, "line": line })))
                }
                News::Event(Event::Order(_)) => None,
                News::Event(Event::Job(_)) | News::Look => self.look().await?,
            };
            if let Some(event) = event {
                return Some((event, self));
            }
        }
        None
    }

    /// Reads the job: the outer `None` when it was deleted, the inner when its state is what was told.
    async fn look(&mut self) -> Option<Option<SseEvent>> {
        // An error now may be gone at the next look.
        let Ok(found) = self.api.queue.job(self.details.job.spec.id).await else { return Some(None) };
        let mut found = found?;
        let now = self.api.clock.now();
        let before = (self.details.job.state.name(now), self.details.job.state.attempt);
        let is_news = (found.job.state.name(now), found.job.state.attempt) != before
            || found.job.state.cancel_requested != self.details.job.state.cancel_requested;
        std::mem::swap(&mut self.details, &mut found);
        Some(is_news.then(|| self.state()))
    }

    fn state(&self) -> SseEvent {
        live::json_event("state", &JobBody::detailed(&self.details, self.api.clock.now()))
    }
}
