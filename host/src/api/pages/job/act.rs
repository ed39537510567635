//! An act on the job of the page.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde_json::json;

use super::super::show::PageProblem;
use super::view;
use crate::api::Api;
use crate::api::access::CalledBy;
use crate::api::audit::{Change, audit_action};
use crate::api::problem::{FieldError, Kind, Problem};
use crate::api::read::{Params, PathId, RawBody, Unreceived};
use crate::domain::JobId;
use crate::ports::Action;

/// Retries, cancels or deletes the job, then shows it again, or the list if it is gone.
pub(in crate::api::pages) async fn act(
    State(api): State<Api>,
    CalledBy(caller): CalledBy,
    PathId(id): PathId<JobId>,
    body: Result<RawBody, Unreceived>,
) -> Result<Response, PageProblem> {
    let body = body.map_err(Problem::from)?;
    let mut params = Params::of(&body.bytes);
    let action: Option<Action> = params.parsed("action");
    params.finish()?;
    let missing = || Problem::parameters(vec![FieldError::parameter("action", "is missing")]);
    let action = action.ok_or_else(missing)?;
    api.queue.act(&caller, id, action).await?;
    let next = if action == Action::Delete { "/jobs".to_owned() } else { format!("/jobs/{id}") };
    let change = Change::default().of(format!("jobs/{id}")).by(audit_action(action));
    Ok((change, Redirect::to(&next)).into_response())
}

/// Adds the line that the grant of the job's plugin lacked, then retries the job. The form says which line was shown: if
/// the job failed otherwise meanwhile, nothing is granted.
pub(in crate::api::pages) async fn allow(
    State(api): State<Api>,
    CalledBy(caller): CalledBy,
    PathId(id): PathId<JobId>,
    body: Result<RawBody, Unreceived>,
) -> Result<Response, PageProblem> {
    let body = body.map_err(Problem::from)?;
    let mut params = Params::of(&body.bytes);
    let shown = params.text("line").unwrap_or_default();
    params.finish()?;
    let details = api.queue.job(id).await?.ok_or_else(|| Problem::no_such("job", id))?;
    let denied = view::denied(&details)
        .filter(|(_, line)| serde_json::to_string(line).is_ok_and(|line| line == shown));
    let other = || Problem::new(Kind::CONFLICT, "the job was not denied this; look at it again");
    let (plugin, line) = denied.ok_or_else(other)?;
    let resource = format!("plugins/{plugin}/grant");
    let change = Change::to(&json!({ "allowed": line })).of(resource);
    api.plugins.allow_host(plugin, line).await?;
    api.queue.act(&caller, id, Action::Retry).await?;
    Ok((change, Redirect::to(&format!("/jobs/{id}"))).into_response())
}
