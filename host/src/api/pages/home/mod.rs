//! `/`: the host at a glance.

mod chart;
mod view;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::frame::Frame;
use super::region::{self, Region, Trigger};
use super::show::{self, PageProblem, part};
use crate::api::Api;
use crate::api::access::Viewer;
use crate::api::problem::Problem;
use crate::api::read::Params;
use chart::Window;
use view::HomeView;

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    frame: Frame,
    view: HomeView,
    window: Window,
}

/// The page.
pub(super) async fn show(
    State(api): State<Api>,
    viewer: Viewer,
    params: Params,
) -> Result<Response, PageProblem> {
    let window = window(params)?;
    let view = HomeView::read(&api, window).await?;
    Ok(show::page(StatusCode::OK, &HomePage { frame: Frame::of(&api, &viewer, "home"), view, window }))
}

/// The page as a stream.
pub(super) async fn live(State(api): State<Api>, params: Params) -> Result<Response, Problem> {
    let window = window(params)?;
    let render = move |api: Api| async move {
        let html = part(&HomeView::read(&api, window).await?);
        Ok(Region { html, is_last: false })
    };
    region::watch(&api, format!("/?window={window}"), Trigger::Clock, render)
}

fn window(mut params: Params) -> Result<Window, Problem> {
    let window = params.parsed("window").unwrap_or_default();
    params.finish()?;
    Ok(window)
}
