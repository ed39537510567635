//! `/tasks`: the tasks in numbers; `/tasks/{name}`: one, its schemas and its settings.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::frame::Frame;
use super::gate::{self, GateForm};
use super::json_tree::JsonTree;
use super::show::{self, PageProblem};
use crate::api::Api;
use crate::api::access::Viewer;
use crate::api::problem::Problem;
use crate::api::read::{Params, PathName, RawBody, Unreceived, cut_by_name, name_page};
use crate::domain::{TaskChange, TaskName, format_duration, parse_duration};
use crate::ports::TaskStats;

#[derive(Template)]
#[template(path = "tasks.html")]
struct TasksPage {
    frame: Frame,
    tasks: Vec<TaskRow>,
    /// The cursor of the tasks behind these.
    next: Option<String>,
}

/// One task.
struct TaskRow {
    name: String,
    live: u64,
    running: u64,
    finals: u64,
    concurrency: Option<u32>,
    rate: Option<String>,
    paused: bool,
    is_offered: bool,
    /// Why none of its jobs starts.
    hold: Option<String>,
}

impl TaskRow {
    fn of(api: &Api, stats: &TaskStats, is_offered: bool) -> Self {
        let gate = &stats.settings.gate;
        Self {
            name: stats.name.to_string(),
            live: stats.live.saturating_sub(stats.running),
            running: stats.running,
            finals: stats.finals,
            concurrency: gate.concurrency.map(|most| most.get()),
            rate: gate.rate.map(|rate| rate.to_string()),
            paused: gate.paused,
            is_offered,
            hold: api.queue.hold(&stats.name).map(|hold| hold.to_string()),
        }
    }
}

#[derive(Template)]
#[template(path = "task.html")]
struct TaskPage {
    frame: Frame,
    row: TaskRow,
    description: Option<String>,
    facts: Vec<(&'static str, String)>,
    input: Option<JsonTree>,
    output: Option<JsonTree>,
    form: GateForm,
    cancel_grace: String,
}

/// The page of all tasks.
pub(super) async fn show_all(
    State(api): State<Api>,
    viewer: Viewer,
    mut params: Params,
) -> Result<Response, PageProblem> {
    let page = name_page(&mut params);
    params.finish()?;
    let limit = page.limit;
    let rows = cut_by_name(api.queue.tasks(page).await?, limit, |(stats, _)| stats.name.clone());
    let tasks = rows.items.iter().map(|(stats, is_offered)| TaskRow::of(&api, stats, *is_offered)).collect();
    let template = TasksPage { frame: Frame::of(&api, &viewer, "tasks"), tasks, next: rows.next_cursor };
    Ok(show::page(StatusCode::OK, &template))
}

/// The page of one task.
pub(super) async fn show_one(
    State(api): State<Api>,
    viewer: Viewer,
    PathName(name): PathName<TaskName>,
) -> Result<Response, PageProblem> {
    let view = api.queue.task(name.clone()).await?.ok_or_else(|| Problem::no_such("task", &name))?;
    let spec = view.spec.as_ref();
    let facts = spec.map(|spec| {
        let timeout = spec.timeout.map(|timeout| ("Timeout of an attempt", format_duration(timeout)));
        let queue = spec.queue.as_ref().map(|queue| ("Queue", queue.to_string()));
        let attempts = spec.max_attempts.map(|attempts| ("Attempts", attempts.to_string()));
        [queue, attempts, timeout].into_iter().flatten().collect()
    });
    let template = TaskPage {
        frame: Frame::of(&api, &viewer, "tasks"),
        row: TaskRow::of(&api, &view.stats, spec.is_some()),
        description: spec.map(|spec| spec.description.clone()).filter(|text| !text.is_empty()),
        facts: facts.unwrap_or_default(),
        input: spec.and_then(|spec| spec.input_schema.as_ref()).map(|schema| JsonTree::new("input", schema)),
        output: spec
            .and_then(|spec| spec.output_schema.as_ref())
            .map(|schema| JsonTree::new("output", schema)),
        form: GateForm::of(&view.stats.settings.gate),
        cancel_grace: gate::text(&view.stats.settings.cancel_grace.map(format_duration)),
    };
    Ok(show::page(StatusCode::OK, &template))
}

/// Changes a task's settings, then shows it again.
pub(super) async fn change(
    State(api): State<Api>,
    PathName(name): PathName<TaskName>,
    body: Result<RawBody, Unreceived>,
) -> Result<Response, PageProblem> {
    let body = body.map_err(Problem::from)?;
    let mut params = Params::of(&body.bytes);
    let gate = GateForm::read(&mut params);
    let cancel_grace = params.read("cancel_grace", |text| match text.trim() {
        "" => Ok(None),
        text => parse_duration(text).map(Some),
    });
    params.finish()?;
    Arc::clone(&api.queue).configure_task(name.clone(), TaskChange { gate, cancel_grace }).await?;
    Ok(Redirect::to(&format!("/tasks/{name}")).into_response())
}
