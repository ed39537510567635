//! `/v1/orders`.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use utoipa_axum::routes;

use super::{created, order_events};
use crate::api::Api;
use crate::api::access::{CalledBy, Need, check_read};
use crate::api::problem::{Problem, ProblemBody};
use crate::api::read::{Body, KeyHeader, Params, PathId, Rows, TraceHeader, page};
use crate::api::routes::Routes;
use crate::api::wire::{ListBody, OrderBody, OrderRequestBody, OrderStatusText, read_order_request};
use crate::domain::{Order, OrderId};
use crate::intake::Origin;
use crate::orders::PlaceOrder;
use crate::ports::OrderFilter;

pub(super) fn routes() -> Routes {
    Routes::default()
        .operations(Need::PlaceOrders, routes!(place))
        .operations(Need::Read, routes!(list))
        .operations(Need::SeeOrder, routes!(show))
        .operations(Need::SeeOrder, routes!(order_events::watch))
}

/// Place an order. The order exists at once and is loading; a job completes it.
#[utoipa::path(
    post, path = "/v1/orders", tag = "orders", operation_id = "place_order",
    params(("Idempotency-Key" = Option<String>, Header, description = "Key that makes it safe to repeat the request")),
    request_body = OrderRequestBody,
    responses(
        (status = 202, description = "Placed", body = OrderBody),
        (status = 200, description = "Placed before with the same key", body = OrderBody),
        (status = 422, description = "The request is invalid", body = ProblemBody<'static>),
    )
)]
async fn place(
    State(api): State<Api>,
    CalledBy(caller): CalledBy,
    key: KeyHeader,
    TraceHeader(traceparent): TraceHeader,
    body: Body,
) -> Result<Response, Problem> {
    let request = PlaceOrder { traceparent, ..body.read(read_order_request)? };
    let key = key.of("POST /v1/orders", || body.fingerprint());
    let memory = Some(Arc::new(body.into_share(1)?));
    let placed = api.orders.place(Origin { caller, key, memory }, request).await?;
    let location = format!("/v1/orders/{}", placed.order.id);
    Ok(created(Some(location), OrderBody::from(&placed.order), placed.replayed))
}

/// Show an order.
#[utoipa::path(
    get, path = "/v1/orders/{id}", tag = "orders", operation_id = "show_order",
    params(("id" = Uuid, Path)),
    responses(
        (status = 200, description = "The order", body = OrderBody),
        (status = 403, description = "Submitted by another token", body = ProblemBody<'static>),
        (status = 404, description = "Not found", body = ProblemBody<'static>),
    )
)]
async fn show(
    State(api): State<Api>,
    CalledBy(caller): CalledBy,
    PathId(id): PathId<OrderId>,
) -> Result<Json<OrderBody>, Problem> {
    let order = api.orders.order(id).await?.ok_or_else(|| Problem::no_such("order", id))?;
    check_read(&caller, &order.submitter, "order")?;
    Ok(Json(OrderBody::from(&order)))
}

/// List orders, newest first.
#[utoipa::path(
    get, path = "/v1/orders", tag = "orders", operation_id = "list_orders",
    params(
        ("user_id" = Option<String>, Query, description = "Only orders of this user"),
        ("status" = Option<OrderStatusText>, Query, description = "Only orders with this status"),
        ("limit" = Option<u32>, Query, description = "Number of rows, 1 to 500, default 50"),
        ("cursor" = Option<String>, Query, description = "`next_cursor` of the previous page"),
    ),
    responses((status = 200, description = "Orders", body = ListBody<OrderBody>))
)]
async fn list(State(api): State<Api>, mut params: Params) -> Result<Json<ListBody<OrderBody>>, Problem> {
    let filter = OrderFilter { user_id: params.text("user_id"), status: params.parsed("status") };
    let page = page(&mut params);
    params.finish()?;
    let found = api.orders.orders(filter, page).await?;
    let rows = Rows::of(found, &page, |order: &Order| order.id);
    let items = rows.items.iter().map(OrderBody::from).collect();
    Ok(Json(ListBody { items, next_cursor: rows.next_cursor }))
}
