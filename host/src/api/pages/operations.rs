//! `/operations`: actions on all jobs that matched a filter, with their progress.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::frame::Frame;
use super::region::{self, Region, Trigger};
use super::show::{self, PageProblem, part};
use super::time::When;
use crate::api::Api;
use crate::api::access::{Need, Viewer};
use crate::api::problem::Problem;
use crate::api::read::PathId;
use crate::domain::{JobFilter, Operation, OperationId, OperationState, Timestamp};
use crate::ports::StorageError;

#[derive(Template)]
#[template(path = "operations.html")]
struct OperationsPage {
    frame: Frame,
    list: OperationTable,
}

#[derive(Template)]
#[template(path = "operation_table.html")]
struct OperationTable {
    operations: Vec<OperationRow>,
    may_operate: bool,
}

struct OperationRow {
    id: String,
    title: String,
    state: OperationState,
    is_running: bool,
    matched: u64,
    changed: u64,
    /// The number of jobs that matched at the beginning, and how many of them are behind it.
    progress: Option<(u64, u64)>,
    by: Option<String>,
    began: When,
    error: Option<String>,
}

impl OperationRow {
    fn of(operation: &Operation, now: Timestamp) -> Self {
        let Operation { matched, changed, expected, .. } = *operation;
        Self {
            id: operation.id.to_string(),
            title: format!("{} {}", operation.action, in_words(&operation.filter)),
            state: operation.state,
            is_running: operation.is_running(),
            matched,
            changed,
            progress: expected.filter(|all| *all > 0).map(|all| (matched.min(all), all)),
            by: operation.submitter.name().map(str::to_owned),
            began: When::new(operation.created_at, now),
            error: operation.error.clone(),
        }
    }
}

/// The jobs of a filter, such as `discarded jobs of report in mail`.
pub(super) fn in_words(filter: &JobFilter) -> String {
    let JobFilter { state, task, queue, tag } = filter;
    let mut words = state.map_or_else(|| "all jobs".to_owned(), |state| format!("{state} jobs"));
    let parts = [
        task.as_ref().map(|task| format!(" of {task}")),
        queue.as_ref().map(|queue| format!(" in {queue}")),
        tag.as_ref().map(|tag| format!(" with the tag {tag}")),
    ];
    parts.iter().flatten().for_each(|part| words.push_str(part));
    words
}

/// The page.
pub(super) async fn show(State(api): State<Api>, viewer: Viewer) -> Result<Response, PageProblem> {
    let list = table(&api, viewer.meets(Need::Operate)).await?;
    Ok(show::page(StatusCode::OK, &OperationsPage { frame: Frame::of(&api, &viewer, "jobs"), list }))
}

/// The table as a stream.
pub(super) async fn live(State(api): State<Api>, viewer: Viewer) -> Result<Response, Problem> {
    let may_operate = viewer.meets(Need::Operate);
    let render = move |api: Api| async move {
        let html = part(&table(&api, may_operate).await?);
        Ok(Region { html, is_last: false })
    };
    region::watch(&api, format!("{may_operate} /operations"), Trigger::Clock, render)
}

async fn table(api: &Api, may_operate: bool) -> Result<OperationTable, StorageError> {
    let operations = api.queue.operations().await?;
    let now = api.clock.now();
    let operations = operations.iter().map(|operation| OperationRow::of(operation, now)).collect();
    Ok(OperationTable { operations, may_operate })
}

/// Stops an operation, then shows all.
pub(super) async fn stop(
    State(api): State<Api>,
    PathId(id): PathId<OperationId>,
) -> Result<Response, PageProblem> {
    api.queue.stop_operation(id).await?.ok_or_else(|| Problem::no_such("operation", id))?;
    Ok(Redirect::to("/operations").into_response())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::StateName;

    #[test]
    fn a_filter_is_told_in_words() {
        assert_eq!(in_words(&JobFilter::default()), "all jobs");
        let filter = JobFilter {
            state: Some(StateName::Discarded),
            task: "report".parse().ok(),
            queue: "mail".parse().ok(),
            tag: Some("vip".to_owned()),
        };
        assert_eq!(in_words(&filter), "discarded jobs of report in mail with the tag vip");
    }
}
