//! `/orders`: the form that places an order, and the orders, newest first.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use super::form::{self, OrderForm};
use super::frame::Frame;
use super::order_row::OrderRow;
use super::show::{self, PageProblem};
use crate::api::Api;
use crate::api::access::{CalledBy, Viewer};
use crate::api::problem::Problem;
use crate::api::read::{Params, RawBody, Rows, Unreceived, cursor_of, page};
use crate::domain::{Order, OrderId, Reach};
use crate::intake::Origin;
use crate::orders::ORDER_TASK;
use crate::ports::{OrderFilter, PageRequest, StorageError};

#[derive(Template)]
#[template(path = "orders.html")]
struct OrdersPage {
    frame: Frame,
    form: OrderForm,
    orders: Vec<OrderRow>,
    /// The stream that updates these rows.
    events: String,
    /// Whether these are the newest rows, above which new ones belong.
    is_first: bool,
    older: Option<String>,
    /// Whether an active plugin offers the order task.
    has_plugin: bool,
}

/// The page.
pub(super) async fn show(
    State(api): State<Api>,
    viewer: Viewer,
    mut params: Params,
) -> Result<Response, PageProblem> {
    let page = page(&mut params);
    params.finish()?;
    render(&api, &viewer, StatusCode::OK, OrderForm::example(), page).await
}

/// Places an order and shows the page again. Wrong input is shown with its errors, on the page with all orders if the
/// caller may see them.
pub(super) async fn place(
    State(api): State<Api>,
    CalledBy(caller): CalledBy,
    viewer: Viewer,
    body: Result<RawBody, Unreceived>,
) -> Result<Response, PageProblem> {
    let body = body.map_err(Problem::from)?;
    let (request, key) = form::read(&body.bytes, &caller.submitter)?;
    let may_see_orders = caller.reach >= Reach::Read;
    let origin = Origin { caller, key, memory: Some(Arc::new(body.share)) };
    let problem: Problem = match api.orders.place(origin, request.clone()).await {
        Ok(_) => return Ok(Redirect::to("/orders").into_response()),
        Err(error) if may_see_orders => error.into(),
        Err(error) => return Err(error.into()),
    };
    let status = problem.status();
    let form = OrderForm::refused(request, &problem);
    render(&api, &viewer, status, form, page(&mut Params::of(b""))).await
}

/// The rows of a page, for the page itself and for its stream.
pub(super) async fn rows(api: &Api, page: PageRequest<OrderId>) -> Result<Rows<Order>, StorageError> {
    let found = api.orders.orders(OrderFilter::default(), page).await?;
    Ok(Rows::of(found, &page, |order| order.id))
}

async fn render(
    api: &Api,
    viewer: &Viewer,
    status: StatusCode,
    form: OrderForm,
    page: PageRequest<OrderId>,
) -> Result<Response, PageProblem> {
    let rows = rows(api, page).await?;
    let now = api.clock.now();
    let template = OrdersPage {
        frame: Frame::of(api, viewer, "orders"),
        form,
        orders: rows.items.iter().map(|order| OrderRow::new(order, now)).collect(),
        events: stream_of(page),
        is_first: page.before.is_none(),
        older: rows.next_cursor,
        has_plugin: completes_orders(api),
    };
    Ok(show::page(status, &template))
}

fn stream_of(page: PageRequest<OrderId>) -> String {
    let limit = page.limit.saturating_sub(1);
    let cursor = page.before.map(|id| format!("&cursor={}", cursor_of(&id)));
    format!("/events/orders?limit={limit}{}", cursor.unwrap_or_default())
}

fn completes_orders(api: &Api) -> bool {
    let plugins = api.plugins.list();
    let active = plugins.iter().filter_map(|view| view.plugin.active_version());
    active.flat_map(|version| &version.tasks).any(|task| task.name.as_str() == ORDER_TASK)
}
