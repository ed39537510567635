//! `/v1/schedules`: jobs that are made again and again, by the clock.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::routes;

use crate::api::Api;
use crate::api::access::{CalledBy, Need};
use crate::api::audit::Change;
use crate::api::problem::{Problem, ProblemBody};
use crate::api::read::{Body, Params, PathName};
use crate::api::routes::Routes;
use crate::api::wire::{ListBody, ScheduleBody, ScheduleRequestBody, read_schedule};
use crate::domain::{AuditAction, ScheduleName};

pub(super) fn routes() -> Routes {
    Routes::default()
        .operations(Need::ReadSchedules, routes!(list))
        .operations(Need::ReadSchedules, routes!(show))
        .change(Need::Schedules, AuditAction::ScheduleWrite, routes!(put))
        .change(Need::Schedules, AuditAction::ScheduleRemove, routes!(remove))
}

/// List schedules by name.
#[utoipa::path(
    get, path = "/v1/schedules", tag = "jobs", operation_id = "list_schedules",
    responses((status = 200, description = "Schedules", body = ListBody<ScheduleBody>))
)]
async fn list(State(api): State<Api>, params: Params) -> Result<Json<ListBody<ScheduleBody>>, Problem> {
    params.finish()?;
    let schedules = api.schedules.schedules().await?;
    Ok(Json(ListBody::whole(schedules.iter().map(ScheduleBody::from).collect())))
}

/// Show a schedule and its next five times.
#[utoipa::path(
    get, path = "/v1/schedules/{name}", tag = "jobs", operation_id = "show_schedule",
    params(("name" = String, Path)),
    responses(
        (status = 200, description = "The schedule", body = ScheduleBody),
        (status = 404, description = "Not found", body = ProblemBody<'static>),
    )
)]
async fn show(
    State(api): State<Api>,
    PathName(name): PathName<ScheduleName>,
) -> Result<Json<ScheduleBody>, Problem> {
    let schedule = api.schedules.schedule(name.clone()).await?;
    let schedule = schedule.ok_or_else(|| Problem::no_such("schedule", &name))?;
    Ok(Json(ScheduleBody::from(&schedule)))
}

/// Create or replace a schedule. To write the same schedule again does not change its times.
#[utoipa::path(
    put, path = "/v1/schedules/{name}", tag = "jobs", operation_id = "put_schedule",
    params(("name" = String, Path)),
    request_body = ScheduleRequestBody,
    responses(
        (status = 200, description = "The schedule", body = ScheduleBody),
        (status = 422, description = "The request is invalid; of a wrong expression the error names the position", body = ProblemBody<'static>),
    )
)]
async fn put(
    State(api): State<Api>,
    PathName(name): PathName<ScheduleName>,
    CalledBy(caller): CalledBy,
    body: Body,
) -> Result<(Change, Json<ScheduleBody>), Problem> {
    let spec = body.read(|value| read_schedule(value, caller.submitter))?;
    let before = api.schedules.schedule(name.clone()).await?;
    let after = ScheduleBody::from(&api.schedules.put(name, spec).await?);
    let change = Change::to(&after).from(before.as_ref().map(ScheduleBody::from).as_ref());
    Ok((change, Json(after)))
}

/// Remove a schedule. Its jobs stay.
#[utoipa::path(
    delete, path = "/v1/schedules/{name}", tag = "jobs", operation_id = "remove_schedule",
    params(("name" = String, Path)),
    responses(
        (status = 204, description = "Removed"),
        (status = 404, description = "Not found", body = ProblemBody<'static>),
    )
)]
async fn remove(
    State(api): State<Api>,
    PathName(name): PathName<ScheduleName>,
) -> Result<(Change, StatusCode), Problem> {
    let before = api.schedules.schedule(name.clone()).await?;
    let change = Change::removal(&before.as_ref().map(ScheduleBody::from));
    match api.schedules.remove(name.clone()).await? {
        true => Ok((change, StatusCode::NO_CONTENT)),
        false => Err(Problem::no_such("schedule", &name)),
    }
}
