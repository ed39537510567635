//! `/jobs/{id}`: one job, live; and acts on it.

mod act;
mod machine;
mod view;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::frame::Frame;
use super::region::{self, Region, Trigger};
use super::show::{self, PageProblem, part};
use crate::api::Api;
use crate::api::access::{Need, Viewer};
use crate::api::problem::Problem;
use crate::api::read::PathId;
use crate::domain::JobId;
use crate::ports::Topic;
use view::JobView;

pub(super) use act::{act, allow};

#[derive(Template)]
#[template(path = "job.html")]
struct JobPage {
    frame: Frame,
    view: JobView,
}

/// The page.
pub(super) async fn show(
    State(api): State<Api>,
    viewer: Viewer,
    id: Result<PathId<JobId>, Problem>,
) -> Result<Response, PageProblem> {
    let PathId(id) = id?;
    let view = read(&api, id, viewer.meets(Need::Operate)).await?;
    Ok(show::page(StatusCode::OK, &JobPage { frame: Frame::of(&api, &viewer, "jobs"), view }))
}

/// The job as a stream, until it is final.
pub(super) async fn live(
    State(api): State<Api>,
    viewer: Viewer,
    PathId(id): PathId<JobId>,
) -> Result<Response, Problem> {
    let may_operate = viewer.meets(Need::Operate);
    let render = move |api: Api| async move {
        let view = read(&api, id, may_operate).await?;
        Ok(Region { html: part(&view), is_last: view.is_final })
    };
    region::watch(&api, format!("{may_operate} /jobs/{id}"), Trigger::Events(Topic::Job(id)), render)
}

async fn read(api: &Api, id: JobId, may_operate: bool) -> Result<JobView, Problem> {
    JobView::read(api, id, may_operate).await?.ok_or_else(|| Problem::no_such("job", id))
}
