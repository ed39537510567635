//! `/v1/orders/{id}/events`: an order, at once and at every change, until it is not loading.

use std::collections::VecDeque;

use axum::extract::State;
use axum::response::Response;
use futures::stream;
use serde_json::json;

use crate::api::Api;
use crate::api::access::{CalledBy, check_read};
use crate::api::live::{self, LastEventId, News, Sent, Watcher};
use crate::api::problem::{Problem, ProblemBody};
use crate::api::read::PathId;
use crate::api::wire::OrderBody;
use crate::domain::{Order, OrderId};
use crate::ports::{Event, EventId, Heard, Topic};

/// Watch an order. Server-sent events: `order`, each with the order as data, as it is now and at every change;
/// and `gap`, as in the events of a job. A client that comes back with the id of its last event as
/// `Last-Event-ID` goes on behind it.
#[utoipa::path(
    get, path = "/v1/orders/{id}/events", tag = "orders", operation_id = "watch_order",
    params(
        ("id" = Uuid, Path),
        ("Last-Event-ID" = Option<String>, Header, description = "The id of the last event that the client has"),
    ),
    responses(
        (status = 200, description = "Events until it is not loading", content_type = "text/event-stream",
            body = String),
        (status = 204, description = "The client has all events, and there will be no more"),
        (status = 403, description = "Another token submitted it", body = ProblemBody<'static>),
        (status = 404, description = "There is none", body = ProblemBody<'static>),
    )
)]
pub(super) async fn watch(
    State(api): State<Api>,
    CalledBy(caller): CalledBy,
    PathId(id): PathId<OrderId>,
    LastEventId(after): LastEventId,
) -> Result<Response, Problem> {
    let topic = Topic::Order(id);
    let resumed = after.and_then(|after| Watcher::resume(&api, topic, after));
    let goes_on = resumed.is_some();
    let mut watcher = resumed.unwrap_or_else(|| Watcher::new(&api, topic));
    let order = api.orders.order(id).await?.ok_or_else(|| Problem::no_such("order", id))?;
    check_read(&caller, &order.submitter, "order")?;
    watcher.stream().keep();
    let mut watch = Watch { api, watcher, id, told: None, ready: VecDeque::new() };
    if goes_on {
        match watch.watcher.stream().try_next() {
            Some(heard) => watch.hear(heard),
            None if !order.is_loading() => return Ok(live::nothing_more()),
            None => {}
        }
    } else {
        if after.is_some() {
            watch.tell_gap(None, None);
        }
        let id = watch.watcher.stream().position();
        watch.tell(order, Some(id));
    }
    Ok(live::stream(stream::unfold(watch, Watch::next)))
}

struct Watch {
    api: Api,
    watcher: Watcher,
    id: OrderId,
    /// The order as it was told last; nothing for a client that came back.
    told: Option<Order>,
    /// What is sent before the news are heard on.
    ready: VecDeque<Sent>,
}

impl Watch {
    async fn next(mut self) -> Option<(Sent, Self)> {
        loop {
            if let Some(sent) = self.ready.pop_front() {
                return Some((sent, self));
            }
            if self.told.as_ref().is_some_and(|order| !order.is_loading()) {
                return None;
            }
            match self.watcher.next().await? {
                News::Heard(heard) => self.hear(heard),
                News::Look => self.look().await?,
            }
        }
    }

    fn hear(&mut self, heard: Heard) {
        let id = self.watcher.stream().position();
        match heard {
            Heard::Event(Event::Order(order)) => self.tell(*order, Some(id)),
            Heard::Event(_) => {}
            Heard::Missed(count) => self.tell_gap(Some(count), Some(id)),
        }
    }

    /// Reads the order; `None` when it was deleted.
    async fn look(&mut self) -> Option<()> {
        // An error now may be gone at the next look.
        if let Ok(order) = self.api.orders.order(self.id).await {
            self.tell(order?, None);
        }
        Some(())
    }

    fn tell(&mut self, order: Order, id: Option<EventId>) {
        if self.told.as_ref() != Some(&order) {
            self.ready.push_back(live::json_event("order", id, &OrderBody::from(&order)));
            self.told = Some(order);
        }
    }

    fn tell_gap(&mut self, left_out: Option<u64>, id: Option<EventId>) {
        self.ready.push_back(live::json_event("gap", id, &json!({ "left_out": left_out })));
    }
}
