//! Pages for people: home, orders, jobs, queues, tasks, schedules, plugins.
//!
//! A page is complete without JavaScript; the script only updates it. All markup comes from templates here, including
//! the parts that the script replaces. Nothing comes from another host.

mod assets;
mod clockless;
mod failures;
mod form;
mod frame;
mod gate;
mod home;
mod job;
mod jobs;
mod json_tree;
mod live;
mod new_job;
mod operations;
mod order;
mod order_row;
mod orders;
mod plugins;
mod queues;
mod region;
mod schedules;
mod show;
mod state;
mod tasks;
mod time;
mod timeline;

use axum::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};

use super::Api;
use super::access::Need;
use super::problem::Problem;
use super::routes::Routes;
use crate::ports::NamePageRequest;

pub use frame::{Instance, InstanceColor};
pub use region::Regions;

/// A policy that allows scripts, styles and connections of this host only, and no page to frame it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// All pages, their assets, and the streams that update them.
pub(super) fn routes() -> Routes {
    let protected = |methods: MethodRouter<Api>| methods.layer(map_response(protect));
    Routes::default()
        .plain(Need::Read, "/", protected(get(home::show)))
        .plain(Need::Read, "/live/home", protected(get(home::live)))
        .plain(Need::Read, "/orders", protected(get(orders::show)))
        .plain(Need::Submit, "/orders", protected(post(orders::place)))
        .plain(Need::Read, "/orders/{id}", protected(get(order::show)))
        .plain(Need::Read, "/events/orders", protected(get(live::orders)))
        .plain(Need::Read, "/events/orders/{id}", protected(get(live::order)))
        .plain(Need::Read, "/jobs", protected(get(jobs::show)))
        .plain(Need::Read, "/live/jobs", protected(get(jobs::live)))
        .plain(Need::Operate, "/jobs/act", protected(post(jobs::act)))
        .plain(Need::Operate, "/jobs/act-on-all", protected(post(jobs::act_on_all)))
        .plain(Need::Read, "/jobs/{id}", protected(get(job::show)))
        .plain(Need::Read, "/live/jobs/{id}", protected(get(job::live)))
        .plain(Need::Operate, "/jobs/{id}/act", protected(post(job::act)))
        .plain(Need::Submit, "/jobs/new", protected(get(new_job::show).post(new_job::submit)))
        .plain(Need::Operate, "/jobs/{id}/allow", protected(post(job::allow)))
        .plain(Need::Read, "/failures", protected(get(failures::show)))
        .plain(Need::Read, "/operations", protected(get(operations::show)))
        .plain(Need::Read, "/live/operations", protected(get(operations::live)))
        .plain(Need::Operate, "/operations/{id}/stop", protected(post(operations::stop)))
        .plain(Need::Read, "/queues", protected(get(queues::show_all)))
        .plain(Need::Read, "/live/queues", protected(get(queues::live)))
        .plain(Need::Read, "/queues/{name}", protected(get(queues::show_one)))
        .plain(Need::Operate, "/queues/{name}", protected(post(queues::change)))
        .plain(Need::Read, "/tasks", protected(get(tasks::show_all)))
        .plain(Need::Read, "/tasks/{name}", protected(get(tasks::show_one)))
        .plain(Need::Operate, "/tasks/{name}", protected(post(tasks::change)))
        .plain(Need::Read, "/schedules", protected(get(schedules::show)))
        .plain(Need::Operate, "/schedules/{name}/run", protected(post(schedules::run)))
        .plain(Need::Operate, "/schedules/{name}/remove", protected(post(schedules::remove)))
        .plain(Need::Read, "/plugins", protected(get(plugins::show)))
        .plain(Need::Operate, "/plugins/{name}/activate", protected(post(plugins::activate)))
        .plain(Need::Operate, "/plugins/{name}/remove", protected(post(plugins::remove)))
        .plain(Need::Nothing, "/assets/{version}/{name}", get(assets::serve))
}

/// A problem in the form that the caller reads: a page for a browser, and JSON for all others.
pub(super) fn problem_for(headers: &HeaderMap, problem: Problem) -> Response {
    let accepts_html =
        |accept: &HeaderValue| accept.to_str().is_ok_and(|accept| accept.contains("text/html"));
    if headers.get(ACCEPT).is_some_and(accepts_html) {
        return protected(show::PageProblem::from(problem).into_response());
    }
    problem.into_response()
}

/// The first hundred names of a list.
fn first_names<Name>() -> NamePageRequest<Name> {
    NamePageRequest { limit: 100, after: None }
}

async fn protect(response: Response) -> Response {
    protected(response)
}

fn protected(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    // Not `no-referrer`, with which a browser sends `Origin: null` with the form, like a foreign page.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
