//! `/v1/backup`: everything in one file, while the host works.

use axum::body::Body as ResponseBody;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use serde_json::json;
use tokio_stream::wrappers::ReceiverStream;
use utoipa_axum::routes;

use crate::api::Api;
use crate::api::access::Need;
use crate::api::audit::Change;
use crate::api::problem::{Problem, ProblemBody};
use crate::api::read::Body;
use crate::api::routes::Routes;
use crate::api::wire::{BackupRequestBody, read_backup_request};
use crate::backups::Backup;
use crate::domain::AuditAction;

pub(super) fn routes() -> Routes {
    Routes::default().change(Need::Operate, AuditAction::BackupTake, routes!(backup))
}

/// Back up everything as it is now: jobs, orders, plugins, grants, schedules, settings and, with a key, secrets. The file is
/// streamed; one that is cut off, or is followed by no end of the response, is no backup. Restore it with `taskbox restore`.
#[utoipa::path(
    post, path = "/v1/backup", tag = "plugins", operation_id = "backup",
    request_body = BackupRequestBody,
    responses(
        (status = 200, description = "The backup", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 409, description = "Another backup is being received", body = ProblemBody<'static>),
        (status = 422, description = "The request is invalid", body = ProblemBody<'static>),
        (status = 503, description = "The storage cannot be read now", body = ProblemBody<'static>),
    )
)]
async fn backup(State(api): State<Api>, body: Body) -> Result<Response, Problem> {
    let key = body.read(read_backup_request)?;
    let has_key = key.is_some();
    let Backup { parts, turn } = api.backups.begin(key).await?;
    let body = ResponseBody::from_stream(ReceiverStream::new(parts).map(move |part| {
        let _turn = &turn;
        part.inspect_err(|error| tracing::warn!(%error, "a backup broke off"))
    }));
    let change = Change::to(&json!({ "secrets": has_key }));
    Ok(([(CONTENT_TYPE, "application/octet-stream")], change, body).into_response())
}
