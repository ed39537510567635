//! `/v1/orders/{id}/events`: an order, at once and at every change, until it is not loading.

use axum::extract::State;
use axum::response::Response;

use super::events::{self, LastEventIdParam, Watch, WatchResponses};
use crate::api::Api;
use crate::api::access::{CalledBy, check_read};
use crate::api::live::{self, LastEventId, Sent, StreamEventName};
use crate::api::problem::Problem;
use crate::api::read::PathId;
use crate::api::wire::OrderBody;
use crate::domain::OrderId;
use crate::orders::{OrderNews, OrderWatch};
use crate::watching::Notice;

/// Watch an order. The response is a stream of server-sent events: `order`, with the order now and at every change,
/// until it is no longer loading; and `gap`, as in the events of a job. A client that reconnects with the id of its
/// last event in `Last-Event-ID` receives the events after it.
#[utoipa::path(
    get, path = "/v1/orders/{id}/events", tag = "orders", operation_id = "watch_order",
    params(("id" = Uuid, Path), LastEventIdParam),
    responses(WatchResponses)
)]
pub(super) async fn watch(
    State(api): State<Api>,
    CalledBy(caller): CalledBy,
    PathId(id): PathId<OrderId>,
    LastEventId(after): LastEventId,
) -> Result<Response, Problem> {
    let order = api.orders.order(id).await?.ok_or_else(|| Problem::no_such("order", id))?;
    check_read(&caller, &order.submitter, "order")?;
    let watch = api.orders.watch(id, after).await?.ok_or_else(|| Problem::no_such("order", id))?;
    Ok(events::answer(api, watch))
}

impl Watch for OrderWatch {
    fn is_over(&self) -> bool {
        OrderWatch::is_over(self)
    }

    async fn next(&mut self, _: &Api) -> Option<Sent> {
        OrderWatch::next(self).await.map(event)
    }
}

fn event(Notice { news, id }: Notice<OrderNews>) -> Sent {
    match news {
        OrderNews::Order(order) => live::json_event(StreamEventName::Order, id, &OrderBody::from(&*order)),
        OrderNews::Gap(left_out) => events::gap(id, left_out),
    }
}
