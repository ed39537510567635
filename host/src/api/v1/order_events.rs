//! `/v1/orders/{id}/events`: an order, at once and at every change, until it is not loading.

use axum::extract::State;
use axum::response::Response;
use axum::response::sse::Event as SseEvent;
use futures::stream;

use crate::api::Api;
use crate::api::access::{CalledBy, check_read};
use crate::api::live::{self, News, Watcher};
use crate::api::problem::{Problem, ProblemBody};
use crate::api::read::PathId;
use crate::api::wire::OrderBody;
use crate::domain::{Order, OrderId};
use crate::ports::{Event, Topic};

/// Watch an order: server-sent events named `order`, each with the order as data.
#[utoipa::path(
    get, path = "/v1/orders/{id}/events", tag = "orders", operation_id = "watch_order",
    params(("id" = Uuid, Path)),
    responses(
        (status = 200, description = "Events until it is not loading", content_type = "text/event-stream",
            body = String),
        (status = 403, description = "Another token submitted it", body = ProblemBody<'static>),
        (status = 404, description = "There is none", body = ProblemBody<'static>),
    )
)]
pub(super) async fn watch(
    State(api): State<Api>,
    CalledBy(caller): CalledBy,
    PathId(id): PathId<OrderId>,
) -> Result<Response, Problem> {
    let watcher = Watcher::new(&api, Topic::Order(id));
    let order = api.orders.order(id).await?.ok_or_else(|| Problem::no_such("order", id))?;
    check_read(&caller, &order.submitter, "order")?;
    let watch = Watch { api, watcher, order, told: false };
    Ok(live::stream(stream::unfold(watch, Watch::next)))
}

struct Watch {
    api: Api,
    watcher: Watcher,
    order: Order,
    told: bool,
}

impl Watch {
    async fn next(mut self) -> Option<(SseEvent, Self)> {
        if self.told {
            self.order = self.changed().await?;
        }
        self.told = true;
        Some((live::json_event("order", &OrderBody::from(&self.order)), self))
    }

    /// The order after its next change; `None` when there is nothing to wait for.
    async fn changed(&mut self) -> Option<Order> {
        while self.order.is_loading() {
            let order = match self.watcher.next().await? {
                News::Event(Event::Order(order)) => order,
                News::Event(_) => continue,
                // An error now may be gone at the next look; a deleted order has no more to tell.
                News::Look => match self.api.orders.order(self.order.id).await {
                    Ok(order) => order?,
                    Err(_) => continue,
                },
            };
            if order != self.order {
                return Some(order);
            }
        }
        None
    }
}
