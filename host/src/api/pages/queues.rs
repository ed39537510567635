//! `/queues`: what waits where, and what holds it back; `/queues/{name}`: its settings.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::frame::Frame;
use super::gate::{self, GateForm};
use super::region::{self, Region, Trigger};
use super::show::{self, PageProblem, part};
use super::time::lasting;
use crate::api::Api;
use crate::api::access::{Need, Viewer};
use crate::api::problem::Problem;
use crate::api::read::{Params, PathName, RawBody, Unreceived};
use crate::domain::{QueueChange, QueueName, StateName, Timestamp};
use crate::ports::{QueueStats, StorageError};

#[derive(Template)]
#[template(path = "queues.html")]
struct QueuesPage {
    frame: Frame,
    list: QueueTable,
}

#[derive(Template)]
#[template(path = "queue_table.html")]
struct QueueTable {
    queues: Vec<QueueRow>,
    may_operate: bool,
}

/// One queue.
struct QueueRow {
    name: String,
    scheduled: u64,
    waiting: u64,
    running: u64,
    /// Most that may run, if there is a limit.
    concurrency: Option<u32>,
    rate: Option<String>,
    latency: Option<String>,
    paused: bool,
}

impl QueueRow {
    fn of(queue: &QueueStats, now: Timestamp) -> Self {
        let gate = &queue.settings.gate;
        Self {
            name: queue.name.to_string(),
            scheduled: queue.count(StateName::Scheduled) + queue.count(StateName::Retryable),
            waiting: queue.count(StateName::Available),
            running: queue.count(StateName::Running),
            concurrency: gate.concurrency.map(|most| most.get()),
            rate: gate.rate.map(|rate| rate.to_string()),
            latency: queue.oldest_due.map(|due| lasting(now.since(due))),
            paused: gate.paused,
        }
    }
}

#[derive(Template)]
#[template(path = "queue.html")]
struct QueuePage {
    frame: Frame,
    row: QueueRow,
    form: GateForm,
    key_concurrency: String,
    finals: Vec<(&'static str, u64)>,
}

/// The page of all queues.
pub(super) async fn show_all(State(api): State<Api>, viewer: Viewer) -> Result<Response, PageProblem> {
    let list = table(&api, viewer.meets(Need::Queues)).await?;
    Ok(show::page(StatusCode::OK, &QueuesPage { frame: Frame::of(&api, &viewer, "queues"), list }))
}

/// The table of all queues as a stream.
pub(super) async fn live(State(api): State<Api>, viewer: Viewer) -> Result<Response, Problem> {
    let may_operate = viewer.meets(Need::Queues);
    let render = move |api: Api| async move {
        let html = part(&table(&api, may_operate).await?);
        Ok(Region { html, is_last: false })
    };
    region::watch(&api, format!("{may_operate} /queues"), Trigger::Clock, render)
}

async fn table(api: &Api, may_operate: bool) -> Result<QueueTable, StorageError> {
    let queues = api.queue.all_queues().await?;
    let now = api.clock.now();
    Ok(QueueTable { queues: queues.iter().map(|queue| QueueRow::of(queue, now)).collect(), may_operate })
}

/// The page of one queue.
pub(super) async fn show_one(
    State(api): State<Api>,
    viewer: Viewer,
    PathName(name): PathName<QueueName>,
) -> Result<Response, PageProblem> {
    let queue = api.queue.queue(name.clone()).await?.unwrap_or_else(|| QueueStats::empty(name));
    let template = QueuePage {
        frame: Frame::of(&api, &viewer, "queues"),
        row: QueueRow::of(&queue, api.clock.now()),
        form: GateForm::of(&queue.settings.gate),
        key_concurrency: gate::text(&queue.settings.key_concurrency),
        finals: queue.finals.iter().map(|(state, count)| (state.as_str(), *count)).collect(),
    };
    Ok(show::page(StatusCode::OK, &template))
}

/// Changes a queue's settings, then shows the page from which it was asked for.
pub(super) async fn change(
    State(api): State<Api>,
    PathName(name): PathName<QueueName>,
    body: Result<RawBody, Unreceived>,
) -> Result<Response, PageProblem> {
    let body = body.map_err(Problem::from)?;
    let mut params = Params::of(&body.bytes);
    let gate = GateForm::read(&mut params);
    let key_concurrency = gate::limit(&mut params, "key_concurrency");
    let is_of_list = params.text("back").is_some_and(|back| back == "list");
    params.finish()?;
    Arc::clone(&api.queue).configure(name.clone(), QueueChange { gate, key_concurrency }).await?;
    let next = if is_of_list { "/queues".to_owned() } else { format!("/queues/{name}") };
    Ok(Redirect::to(&next).into_response())
}
