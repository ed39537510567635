//! `/orders/{id}`: one order, and the history of its job.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::frame::Frame;
use super::order_row::OrderRow;
use super::show::{self, PageProblem};
use super::time::When;
use super::timeline::TimelineEvent;
use crate::api::Api;
use crate::api::access::Viewer;
use crate::api::problem::Problem;
use crate::api::read::PathId;
use crate::domain::{Job, JobDetails, Order, OrderId, OrderStatus, Timestamp};
use crate::ports::StorageError;

#[derive(Template)]
#[template(path = "order.html")]
struct OrderPage {
    frame: Frame,
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

/// The page.
pub(super) async fn show(
    State(api): State<Api>,
    viewer: Viewer,
    id: Result<PathId<OrderId>, Problem>,
) -> Result<Response, PageProblem> {
    let PathId(id) = id?;
    let article = OrderArticle::read(&api, id).await?.ok_or_else(|| Problem::no_such("order", id))?;
    Ok(show::page(StatusCode::OK, &OrderPage { frame: Frame::of(&api, &viewer, "orders"), article }))
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
        let of_job = details.into_iter().flat_map(|details| TimelineEvent::of(details, now));
        let end = if details.is_none() { outcome(order, now) } else { None };
        Self {
            order: OrderRow::new(order, now),
            job: details.map(|details| JobFacts::of(&details.job)),
            events: std::iter::once(placed).chain(of_job).chain(end).collect(),
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

/// The end of an order whose job is deleted.
fn outcome(order: &Order, now: Timestamp) -> Option<TimelineEvent> {
    let when = Some(When::new(order.updated_at, now));
    match order.status {
        OrderStatus::Loading => None,
        OrderStatus::Completed(_) => Some(TimelineEvent::new("completed", "Completed", when)),
        OrderStatus::Failed { .. } => Some(TimelineEvent::new("failed", "Given up", when)),
        OrderStatus::Cancelled => Some(TimelineEvent::new("cancelled", "Cancelled", when)),
    }
}
