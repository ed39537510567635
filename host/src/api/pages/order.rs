//! `/orders/{id}`: one order, and the history of its job.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::assets::Links;
use super::order_row::OrderRow;
use super::show::{self, PageProblem};
use super::time::When;
use crate::api::Api;
use crate::api::problem::Problem;
use crate::api::read::PathId;
use crate::domain::{
    AttemptError, FailureKind, Job, JobDetails, Order, OrderId, OrderStatus, Phase, Timestamp,
};
use crate::ports::StorageError;

#[derive(Template)]
#[template(path = "order.html")]
struct OrderPage {
    links: Links,
    here: &'static str,
    article: OrderArticle,
}

/// One order in full.
#[derive(Template)]
#[template(path = "order_article.html")]
pub(super) struct OrderArticle {
    order: OrderRow,
    /// `None` when the job is deleted: a final order outlives it.
    job: Option<JobFacts>,
    events: Vec<TimelineEvent>,
}

/// The order's job.
struct JobFacts {
    id: String,
    task: String,
    attempt: u32,
    max_attempts: u32,
    plugin: Option<String>,
}

/// An event in the history of the order, or its present state.
struct TimelineEvent {
    /// The style: `placed`, `failed`, `waiting`, `running`, `completed`, `cancelled`.
    kind: &'static str,
    title: String,
    when: Option<When>,
    text: Option<String>,
    detail: Option<String>,
    /// Steps done, of all.
    progress: Option<(u64, u64)>,
}

/// The page.
pub(super) async fn show(
    State(api): State<Api>,
    id: Result<PathId<OrderId>, Problem>,
) -> Result<Response, PageProblem> {
    let PathId(id) = id?;
    let article = OrderArticle::read(&api, id).await?.ok_or_else(|| Problem::no_such("order", id))?;
    Ok(show::page(StatusCode::OK, &OrderPage { links: Links::get(), here: "", article }))
}

impl OrderArticle {
    /// Reads an order and its job.
    pub(super) async fn read(api: &Api, id: OrderId) -> Result<Option<Self>, StorageError> {
        let Some(order) = api.orders.order(id).await? else { return Ok(None) };
        let details = api.queue.job(order.job_id).await?;
        Ok(Some(Self::new(&order, details.as_ref(), api.clock.now())))
    }

    fn new(order: &Order, details: Option<&JobDetails>, now: Timestamp) -> Self {
        let placed = TimelineEvent::new("placed", "Placed", Some(When::new(order.created_at, now)));
        let errors = details.into_iter().flat_map(|details| &details.errors);
        let failures = errors.map(|error| TimelineEvent::failed(error, now));
        let present = match details {
            Some(details) => TimelineEvent::present(&details.job, now),
            None => TimelineEvent::outcome(order, now),
        };
        Self {
            order: OrderRow::new(order, now),
            job: details.map(|details| JobFacts::of(&details.job)),
            events: std::iter::once(placed).chain(failures).chain(present).collect(),
        }
    }

    /// Whether the order can still change.
    pub(super) fn is_loading(&self) -> bool {
        self.order.is_loading()
    }

    /// Differs between two reads exactly if the page does, apart from clocks.
    pub(super) fn version(&self) -> String {
        let events = self.events.iter().map(|event| (event.kind, &event.title, &event.text, event.progress));
        let attempt = self.job.as_ref().map_or(0, |job| job.attempt);
        format!("{} {attempt} {:?}", self.order.version, events.collect::<Vec<_>>())
    }
}

impl JobFacts {
    fn of(job: &Job) -> Self {
        Self {
            id: job.spec.id.to_string(),
            task: job.spec.task.to_string(),
            attempt: job.state.attempt,
            max_attempts: job.spec.max_attempts,
            plugin: job.state.code.as_ref().map(ToString::to_string),
        }
    }
}

impl TimelineEvent {
    fn new(kind: &'static str, title: impl Into<String>, when: Option<When>) -> Self {
        Self { kind, title: title.into(), when, text: None, detail: None, progress: None }
    }

    fn failed(error: &AttemptError, now: Timestamp) -> Self {
        let title = match (error.attempt, error.kind) {
            (0, _) => "It was never started".to_owned(),
            (attempt, FailureKind::Failed) => format!("Attempt {attempt} failed"),
            (attempt, kind) => format!("Attempt {attempt} failed: {kind}"),
        };
        let when = Some(When::new(error.at, now));
        let text = Some(error.message.clone());
        Self { text, detail: error.detail.clone(), ..Self::new("failed", title, when) }
    }

    /// The end of an order whose job is deleted.
    fn outcome(order: &Order, now: Timestamp) -> Option<Self> {
        let when = Some(When::new(order.updated_at, now));
        match order.status {
            OrderStatus::Loading => None,
            OrderStatus::Completed(_) => Some(Self::new("completed", "Completed", when)),
            OrderStatus::Failed { .. } => Some(Self::new("failed", "Given up", when)),
            OrderStatus::Cancelled => Some(Self::new("cancelled", "Cancelled", when)),
        }
    }

    /// The present state of the job.
    fn present(job: &Job, now: Timestamp) -> Option<Self> {
        let (state, next) = (&job.state, job.state.attempt + 1);
        let at = |time| Some(When::new(time, now));
        Some(match state.phase {
            Phase::Pending { due_at } if due_at <= now => {
                Self::new("waiting", format!("Attempt {next} begins as soon as a worker is free"), None)
            }
            Phase::Pending { due_at } => Self::new("waiting", format!("Attempt {next} is due"), at(due_at)),
            Phase::Running { .. } => Self::running(job, now),
            Phase::Completed { at: time } => {
                Self::new("completed", format!("Completed by attempt {}", state.attempt), at(time))
            }
            Phase::Discarded { at: time } => Self::new("failed", "Given up", at(time)),
            Phase::Cancelled { at: time } => Self::new("cancelled", "Cancelled", at(time)),
        })
    }

    fn running(job: &Job, now: Timestamp) -> Self {
        let state = &job.state;
        let title = match state.cancel_requested {
            true => format!("Attempt {} is asked to stop", state.attempt),
            false => format!("Attempt {} is running", state.attempt),
        };
        let progress = state.progress.as_ref();
        Self {
            text: progress.map(|progress| progress.message.clone()).filter(|message| !message.is_empty()),
            progress: progress.filter(|p| p.total > 0).map(|p| (p.done.min(p.total), p.total)),
            ..Self::new("running", title, state.attempted_at.map(|at| When::new(at, now)))
        }
    }
}
