//! Streams that update pages. They send markup of the same templates as the pages.

use std::collections::HashMap;
use std::time::Duration;

use axum::extract::State;
use axum::response::Response;
use axum::response::sse::Event as SseEvent;
use futures::stream;

use super::order::OrderArticle;
use super::order_row::OrderRow;
use super::orders::rows;
use super::show::part;
use crate::api::Api;
use crate::api::live::{self, Sent, Watcher};
use crate::api::problem::Problem;
use crate::api::read::{Params, PathId, page};
use crate::domain::{Order, OrderId};
use crate::ports::{PageRequest, Topic};

/// The time for which events are gathered before storage is read: thousands of orders a second must not cause
/// thousands of reads for every open page.
const GATHER: Duration = Duration::from_millis(100);

/// `/events/orders`: the rows of one page of the list, at once and at every change.
pub(super) async fn orders(State(api): State<Api>, mut params: Params) -> Result<Response, Problem> {
    let page = page(&mut params);
    params.finish()?;
    let watcher = Watcher::new(&api, Topic::Orders);
    let watch = OrdersWatch { api, watcher, page, sent: HashMap::new(), is_first: true };
    Ok(live::stream(stream::unfold(watch, OrdersWatch::next)))
}

struct OrdersWatch {
    api: Api,
    watcher: Watcher,
    page: PageRequest<OrderId>,
    sent: HashMap<OrderId, Order>,
    is_first: bool,
}

impl OrdersWatch {
    async fn next(mut self) -> Option<(Sent, Self)> {
        loop {
            if !std::mem::take(&mut self.is_first) {
                self.watcher.next().await?;
                self.api.clock.sleep_until(self.api.clock.now().plus(GATHER)).await;
                self.watcher.drain();
            }
            let html = self.changed_rows().await;
            if !html.is_empty() {
                return Some((Ok(SseEvent::default().event("orders").data(html)), self));
            }
        }
    }

    /// The rows that differ from those sent before. Empty while storage fails: the next read sends them.
    async fn changed_rows(&mut self) -> String {
        let found = rows(&self.api, self.page).await.map(|rows| rows.items).unwrap_or_default();
        let now = self.api.clock.now();
        let is_news = |order: &&Order| self.sent.get(&order.id) != Some(order);
        let html = found.iter().filter(is_news).map(|order| part(&OrderRow::new(order, now))).collect();
        if !found.is_empty() {
            self.sent = found.into_iter().map(|order| (order.id, order)).collect();
        }
        html
    }
}

/// `/events/orders/{id}`: one order in full, at once and at every change, until it is final.
pub(super) async fn order(State(api): State<Api>, PathId(id): PathId<OrderId>) -> Result<Response, Problem> {
    let order = api.orders.order(id).await?.ok_or_else(|| Problem::no_such("order", id))?;
    let watcher = Watcher::new(&api, Topic::Job(order.job_id));
    let watch = OrderWatch { api, watcher, id, state: Stage::First };
    Ok(live::stream(stream::unfold(watch, OrderWatch::next)))
}

struct OrderWatch {
    api: Api,
    watcher: Watcher,
    id: OrderId,
    state: Stage,
}

enum Stage {
    First,
    /// The version that was sent.
    Next(String),
    /// Send the script the event not to reconnect, then end.
    Over,
}

impl OrderWatch {
    async fn next(mut self) -> Option<(Sent, Self)> {
        let sent = match std::mem::replace(&mut self.state, Stage::Over) {
            Stage::First => String::new(),
            Stage::Next(sent) => sent,
            Stage::Over => return None,
        };
        let mut is_first = sent.is_empty();
        loop {
            if !std::mem::take(&mut is_first) {
                self.watcher.next().await?;
                self.api.clock.sleep_until(self.api.clock.now().plus(GATHER)).await;
                self.watcher.drain();
            }
            let Ok(article) = OrderArticle::read(&self.api, self.id).await else { continue };
            let article = article?;
            let version = article.version();
            if version == sent {
                continue;
            }
            self.state = if article.is_loading() { Stage::Next(version) } else { Stage::Over };
            let name = if article.is_loading() { "order" } else { "done" };
            return Some((Ok(SseEvent::default().event(name).data(part(&article))), self));
        }
    }
}
