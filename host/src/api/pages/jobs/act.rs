//! Acts on the jobs that were selected.

use std::collections::BTreeSet;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use serde_json::json;

use super::super::show::PageProblem;
use super::query::{self, Query};
use crate::api::Api;
use crate::api::access::CalledBy;
use crate::api::audit::{Change, audit_action};
use crate::api::problem::{FieldError, Problem};
use crate::api::read::{Params, RawBody, Unreceived};
use crate::api::wire::OperationBody;
use crate::domain::{JobFilter, JobId, JobSearch};
use crate::ports::Action;
use crate::queue::{BULK_IDS_MAX, BulkRequest};

/// Retries, cancels or deletes the selected jobs, then shows the list again.
pub(in crate::api::pages) async fn act(
    State(api): State<Api>,
    CalledBy(caller): CalledBy,
    body: Result<RawBody, Unreceived>,
) -> Result<Response, PageProblem> {
    let body = body.map_err(Problem::from)?;
    let Selection { action, ids, back } = Selection::read(&body.bytes)?;
    let count = ids.len();
    if count > 0 {
        let request = BulkRequest { action, filter: JobFilter::default(), ids: Some(ids) };
        api.queue.act_on_many(&caller, request).await?;
    }
    let change = Change::to(&json!({ "selected": count })).of("jobs").by(audit_action(action));
    Ok((change, Redirect::to(&back)).into_response())
}

/// Begins an operation on all jobs that match a search, then shows the operations.
pub(in crate::api::pages) async fn act_on_all(
    State(api): State<Api>,
    CalledBy(caller): CalledBy,
    body: Result<RawBody, Unreceived>,
) -> Result<Response, PageProblem> {
    let body = body.map_err(Problem::from)?;
    let mut params = Params::of(&body.bytes);
    let action: Option<Action> = params.parsed("action");
    let state = params.text("state").filter(|state| !state.is_empty());
    let query = params.text("q").unwrap_or_default();
    params.finish()?;
    let action = action.ok_or_else(|| wrong("action", "is missing"))?;
    let state = state.map(|state| parsed("state", &state)).transpose()?;
    match query::read(&query, api.clock.now()).map_err(|detail| wrong("q", &detail))? {
        Query::Search(JobSearch { filter, traits }) if traits.is_empty() => {
            let filter = JobFilter { state, ..filter };
            if filter == JobFilter::default() {
                return Err(wrong(
                    "q",
                    "must select jobs: a page acts on all of them only by state or search",
                )
                .into());
            }
            let begun = api.queue.begin_operation(&caller, action, filter).await?;
            let change = Change::to(&OperationBody::from(&begun)).of("jobs").by(audit_action(action));
            Ok((change, Redirect::to("/operations")).into_response())
        }
        _ => {
            Err(wrong("q", "must be a search by queue, task or tag: others look at a part of the jobs")
                .into())
        }
    }
}

struct Selection {
    action: Action,
    ids: BTreeSet<JobId>,
    /// The list to show again.
    back: String,
}

impl Selection {
    fn read(body: &[u8]) -> Result<Self, Problem> {
        let (mut action, mut ids, mut back) = (None, BTreeSet::new(), "/jobs".to_owned());
        for (name, value) in url::form_urlencoded::parse(body) {
            match &*name {
                "action" => action = Some(parsed("action", &value)?),
                "id" => drop(ids.insert(parsed("id", &value)?)),
                // A path of this host, and no other address.
                "back" if value.starts_with("/jobs") => back = value.into_owned(),
                _ => return Err(wrong(&name, "is not a field of this form")),
            }
        }
        if ids.len() > BULK_IDS_MAX {
            return Err(wrong("id", &format!("select at most {BULK_IDS_MAX} jobs")));
        }
        let action = action.ok_or_else(|| wrong("action", "is missing"))?;
        Ok(Self { action, ids, back })
    }
}

fn parsed<T: std::str::FromStr<Err = String>>(name: &str, text: &str) -> Result<T, Problem> {
    text.parse().map_err(|detail: String| wrong(name, &detail))
}

fn wrong(name: &str, detail: &str) -> Problem {
    Problem::parameters(vec![FieldError::parameter(name, detail)])
}
