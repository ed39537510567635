//! `/v1/queues`: every queue that has jobs or settings, in numbers, and how it is held back.

use axum::Json;
use axum::extract::State;
use utoipa_axum::routes;

use crate::api::Api;
use crate::api::access::{CalledBy, Need, check_queue};
use crate::api::audit::Change;
use crate::api::problem::{Problem, ProblemBody};
use crate::api::read::{Body, Params, PathName, cut_by_name, name_page};
use crate::api::routes::Routes;
use crate::api::wire::{ListBody, QueueBody, QueueSettingsBody, read_queue_change};
use crate::domain::{AuditAction, QueueName};

pub(super) fn routes() -> Routes {
    Routes::default()
        .operations(Need::ReadQueues, routes!(list))
        .operations(Need::ReadQueues, routes!(show))
        .change(Need::Queues, AuditAction::QueueConfigure, routes!(put))
}

/// List queues with their numbers of jobs by state, the waiting time of the oldest available job, and their settings.
#[utoipa::path(
    get, path = "/v1/queues", tag = "jobs", operation_id = "list_queues",
    params(
        ("limit" = Option<u32>, Query, description = "Number of rows, 1 to 500, default 50"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the previous page"),
    ),
    responses((status = 200, description = "Queues, by name", body = ListBody<QueueBody>))
)]
async fn list(
    State(api): State<Api>,
    CalledBy(caller): CalledBy,
    mut params: Params,
) -> Result<Json<ListBody<QueueBody>>, Problem> {
    let page = name_page(&mut params);
    params.finish()?;
    let (limit, now) = (page.limit, api.clock.now());
    let rows = cut_by_name(api.queue.queues(page).await?, limit, |stats| stats.name.clone());
    let shown = rows.items.iter().filter(|stats| check_queue(&caller, &stats.name).is_ok());
    let items = shown.map(|stats| QueueBody::new(stats, now)).collect();
    Ok(Json(ListBody { items, next_cursor: rows.next_cursor }))
}

/// Show a queue.
#[utoipa::path(
    get, path = "/v1/queues/{name}", tag = "jobs", operation_id = "show_queue",
    params(("name" = String, Path)),
    responses(
        (status = 200, description = "The queue", body = QueueBody),
        (status = 404, description = "The queue has neither jobs nor settings", body = ProblemBody<'static>),
    )
)]
async fn show(
    State(api): State<Api>,
    CalledBy(caller): CalledBy,
    PathName(name): PathName<QueueName>,
) -> Result<Json<QueueBody>, Problem> {
    check_queue(&caller, &name)?;
    let stats = api.queue.queue(name.clone()).await?.ok_or_else(|| Problem::no_such("queue", &name))?;
    Ok(Json(QueueBody::new(&stats, api.clock.now())))
}

/// Change the settings of a queue. They survive a restart. A field that is left out stays unchanged; null clears it.
#[utoipa::path(
    put, path = "/v1/queues/{name}", tag = "jobs", operation_id = "put_queue",
    params(("name" = String, Path)),
    request_body = QueueSettingsBody,
    responses(
        (status = 200, description = "The queue", body = QueueBody),
        (status = 422, description = "The request is invalid", body = ProblemBody<'static>),
    )
)]
async fn put(
    State(api): State<Api>,
    CalledBy(caller): CalledBy,
    PathName(name): PathName<QueueName>,
    body: Body,
) -> Result<(Change, Json<QueueBody>), Problem> {
    check_queue(&caller, &name)?;
    let change = body.read(read_queue_change)?;
    let shown = |stats| QueueBody::new(&stats, api.clock.now());
    let before = api.queue.queue(name.clone()).await?.map(shown);
    let after = shown(api.queue.configure(name, change).await?);
    let change = Change::to(&after).from(before.as_ref()).without(&["name", "counts", "latency"]);
    Ok((change, Json(after)))
}
