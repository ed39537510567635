//! Pages for people: home, orders, jobs, queues, tasks, schedules, plugins; logging in, tokens, the audit log.
//!
//! A page is complete without JavaScript; the script only updates it. All markup comes from templates here, including
//! the parts that the script replaces. Nothing comes from another host.

mod access;
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

use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, get, post};

use super::Api;
use super::access::{Need, accepts_pages};
use super::problem::Problem;
use super::routes::Routes;
use crate::domain::AuditAction;
use crate::ports::NamePageRequest;

pub use frame::{Instance, InstanceColor};
pub use region::Regions;

/// A policy that allows scripts, styles and connections of this host only, and no page to frame it.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
    connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// All pages, their assets, and the streams that update them.
pub(super) fn routes() -> Routes {
    Routes::default()
        .plain(Need::Read, "/", protected(get(home::show)))
        .plain(Need::Read, "/live/home", protected(get(home::live)))
        .plain(Need::Nothing, "/assets/{version}/{name}", get(assets::serve))
        .and(of_orders())
        .and(of_jobs())
        .and(of_queues_and_tasks())
        .and(of_schedules_and_plugins())
        .and(access::routes())
}

fn of_orders() -> Routes {
    Routes::default()
        .plain(Need::Read, "/orders", protected(get(orders::show)))
        .plain(Need::PlaceOrders, "/orders", protected(post(orders::place)))
        .plain(Need::Read, "/orders/{id}", protected(get(order::show)))
        .plain(Need::Read, "/events/orders", protected(get(live::orders)))
        .plain(Need::Read, "/events/orders/{id}", protected(get(live::order)))
}

fn of_jobs() -> Routes {
    use AuditAction::{GrantWrite, JobRetry, OperationStop};
    let change = |routes: Routes, action, path, method| {
        routes.plain_change(Need::Operate, action, path, protected(method))
    };
    let routes = Routes::default()
        .plain(Need::Read, "/jobs", protected(get(jobs::show)))
        .plain(Need::Read, "/live/jobs", protected(get(jobs::live)))
        .plain(Need::Read, "/jobs/{id}", protected(get(job::show)))
        .plain(Need::Read, "/live/jobs/{id}", protected(get(job::live)))
        .plain(Need::Submit, "/jobs/new", protected(get(new_job::show).post(new_job::submit)))
        .plain(Need::Read, "/failures", protected(get(failures::show)))
        .plain(Need::Read, "/operations", protected(get(operations::show)))
        .plain(Need::Read, "/live/operations", protected(get(operations::live)));
    let routes = change(routes, JobRetry, "/jobs/act", post(jobs::act));
    let routes = change(routes, JobRetry, "/jobs/act-on-all", post(jobs::act_on_all));
    let routes = change(routes, JobRetry, "/jobs/{id}/act", post(job::act));
    let routes = change(routes, GrantWrite, "/jobs/{id}/allow", post(job::allow));
    change(routes, OperationStop, "/operations/{id}/stop", post(operations::stop))
}

fn of_queues_and_tasks() -> Routes {
    use AuditAction::{QueueConfigure, TaskConfigure};
    let routes = Routes::default()
        .plain(Need::Read, "/queues", protected(get(queues::show_all)))
        .plain(Need::Read, "/live/queues", protected(get(queues::live)))
        .plain(Need::Read, "/queues/{name}", protected(get(queues::show_one)))
        .plain(Need::ReadTasks, "/tasks", protected(get(tasks::show_all)))
        .plain(Need::ReadTasks, "/tasks/{name}", protected(get(tasks::show_one)));
    let (queue, task) = (protected(post(queues::change)), protected(post(tasks::change)));
    let routes = routes.plain_change(Need::Queues, QueueConfigure, "/queues/{name}", queue);
    routes.plain_change(Need::Tasks, TaskConfigure, "/tasks/{name}", task)
}

fn of_schedules_and_plugins() -> Routes {
    use AuditAction::{PluginActivate, PluginRemove, ScheduleRemove, ScheduleRun};
    let change = |routes: Routes, need, action, path, method| {
        routes.plain_change(need, action, path, protected(method))
    };
    let routes = Routes::default()
        .plain(Need::ReadSchedules, "/schedules", protected(get(schedules::show)))
        .plain(Need::ReadPlugins, "/plugins", protected(get(plugins::show)));
    let (run, remove) = ("/schedules/{name}/run", "/schedules/{name}/remove");
    let routes = change(routes, Need::Schedules, ScheduleRun, run, post(schedules::run));
    let routes = change(routes, Need::Schedules, ScheduleRemove, remove, post(schedules::remove));
    let (activate, remove) = ("/plugins/{name}/activate", "/plugins/{name}/remove");
    let routes = change(routes, Need::Plugins, PluginActivate, activate, post(plugins::activate));
    change(routes, Need::Plugins, PluginRemove, remove, post(plugins::remove))
}

/// Pages whose responses protect the browser.
fn protected(methods: MethodRouter<Api>) -> MethodRouter<Api> {
    methods.layer(map_response(protect))
}

/// A problem in the form that the caller reads: a page for a browser, and JSON for all others.
pub(super) fn problem_for(headers: &HeaderMap, problem: Problem) -> Response {
    if accepts_pages(headers) {
        return protect_response(show::PageProblem::from(problem).into_response());
    }
    problem.into_response()
}

/// The first hundred names of a list.
fn first_names<Name>() -> NamePageRequest<Name> {
    NamePageRequest { limit: 100, after: None }
}

async fn protect(response: Response) -> Response {
    protect_response(response)
}

fn protect_response(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    // Not `no-referrer`, with which a browser sends `Origin: null` with the form, like a foreign page.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    response
}
