//! `/v1/tasks`: every task that is offered or has jobs or settings, and how it is held back.

use axum::Json;
use axum::extract::State;
use utoipa_axum::routes;

use crate::api::Api;
use crate::api::access::Need;
use crate::api::audit::Change;
use crate::api::problem::{Problem, ProblemBody};
use crate::api::read::{Body, Params, PathName, cut_by_name, name_page};
use crate::api::routes::Routes;
use crate::api::wire::{ListBody, OfferedTaskBody, TaskBody, TaskSettingsBody, read_task_change};
use crate::domain::{AuditAction, TaskName};

pub(super) fn routes() -> Routes {
    Routes::default()
        .operations(Need::ReadTasks, routes!(list))
        .operations(Need::ReadTasks, routes!(show))
        .change(Need::Tasks, AuditAction::TaskConfigure, routes!(put))
}

/// List the tasks that a plugin offers or that have jobs or settings, over all queues. The jobs of a task that no
/// active plugin offers wait until one does.
#[utoipa::path(
    get, path = "/v1/tasks", tag = "jobs", operation_id = "list_tasks",
    params(
        ("limit" = Option<u32>, Query, description = "Number of rows, 1 to 500, default 50"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the previous page"),
    ),
    responses((status = 200, description = "Tasks, by name", body = ListBody<TaskBody>))
)]
async fn list(State(api): State<Api>, mut params: Params) -> Result<Json<ListBody<TaskBody>>, Problem> {
    let page = name_page(&mut params);
    params.finish()?;
    let limit = page.limit;
    let rows = cut_by_name(api.queue.tasks(page).await?, limit, |(stats, _)| stats.name.clone());
    let items = rows.items.iter().map(|(stats, offered)| TaskBody::new(stats, *offered)).collect();
    Ok(Json(ListBody { items, next_cursor: rows.next_cursor }))
}

/// Show a task: its numbers, its settings, and what the plugin that offers it says of it, with the JSON Schemas that
/// inputs and outputs have to fit.
#[utoipa::path(
    get, path = "/v1/tasks/{name}", tag = "jobs", operation_id = "show_task",
    params(("name" = String, Path)),
    responses(
        (status = 200, description = "The task", body = OfferedTaskBody),
        (status = 404, description = "No plugin offers it, and it has no jobs or settings", body = ProblemBody<'static>),
    )
)]
async fn show(
    State(api): State<Api>,
    PathName(name): PathName<TaskName>,
) -> Result<Json<OfferedTaskBody>, Problem> {
    let task = api.queue.task(name.clone()).await?.ok_or_else(|| Problem::no_such("task", &name))?;
    Ok(Json(OfferedTaskBody::from(&task)))
}

/// Change the settings of a task: its limits over all queues, and the grace period of its attempts after a cancel.
/// They survive a restart. A field that is left out stays unchanged; null clears it.
#[utoipa::path(
    put, path = "/v1/tasks/{name}", tag = "jobs", operation_id = "put_task",
    params(("name" = String, Path)),
    request_body = TaskSettingsBody,
    responses(
        (status = 200, description = "The task", body = TaskBody),
        (status = 422, description = "The request is invalid", body = ProblemBody<'static>),
    )
)]
async fn put(
    State(api): State<Api>,
    PathName(name): PathName<TaskName>,
    body: Body,
) -> Result<(Change, Json<TaskBody>), Problem> {
    let change = body.read(read_task_change)?;
    let before = api.queue.task(name.clone()).await?;
    let before = before.map(|task| TaskBody::new(&task.stats, task.spec.is_some()));
    let (stats, offered) = api.queue.configure_task(name, change).await?;
    let after = TaskBody::new(&stats, offered);
    let change = Change::to(&after).from(before.as_ref()).without(&["name", "offered", "jobs", "running"]);
    Ok((change, Json(after)))
}
