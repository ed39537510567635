//! An act on the job of the page.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};

use super::super::show::PageProblem;
use crate::api::Api;
use crate::api::access::CalledBy;
use crate::api::problem::{FieldError, Problem};
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
    Ok(Redirect::to(&next).into_response())
}
