//! `/`: the host at a glance.

mod view;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use futures::future::BoxFuture;

use super::frame::Frame;
use super::region::{self, Region, Trigger};
use super::show::{self, PageProblem, part};
use crate::api::Api;
use crate::api::access::Viewer;
use crate::api::problem::Problem;
use view::HomeView;

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    frame: Frame,
    view: HomeView,
}

/// The page.
pub(super) async fn show(State(api): State<Api>, viewer: Viewer) -> Result<Response, PageProblem> {
    let view = HomeView::read(&api).await?;
    Ok(show::page(StatusCode::OK, &HomePage { frame: Frame::of(&api, &viewer, "home"), view }))
}

/// The page as a stream.
pub(super) async fn live(State(api): State<Api>) -> Result<Response, Problem> {
    let render = move |api: Api| -> BoxFuture<'static, _> {
        Box::pin(async move { Ok(Region { html: part(&HomeView::read(&api).await?), is_last: false }) })
    };
    region::watch(&api, "/".to_owned(), Trigger::Clock, Box::new(render))
}
