//! Watches of orders: the present order at once, and every change until it is no longer loading.

use std::collections::VecDeque;
use std::sync::Arc;

use super::Orders;
use crate::domain::{Order, OrderId};
use crate::ports::{Bookmark, Event, EventStream, Heard, StorageResult, Topic};
use crate::watching::{Known, LOOK_EVERY, Notice};

/// An event for the watcher of an order.
#[derive(Debug)]
pub enum OrderNews {
    /// The order.
    Order(Box<Order>),
    /// The number of events that are missing here, because they are no longer kept. `None` if the number is unknown: the
    /// stream then starts again with the present order.
    Gap(Option<u64>),
}

/// The watcher of an order.
pub struct OrderWatch {
    orders: Arc<Orders>,
    stream: Box<dyn EventStream>,
    id: OrderId,
    known: Known<Order>,
    /// Events to return before the stream is read further.
    ready: VecDeque<Notice<OrderNews>>,
    is_over: bool,
}

impl Orders {
    /// Watches an order from now on, or from after an event of an earlier watch. `None` if there is no such order.
    pub async fn watch(
        self: &Arc<Self>,
        id: OrderId,
        after: Option<Bookmark>,
    ) -> StorageResult<Option<OrderWatch>> {
        let topic = Topic::Order(id);
        let resumed = after.and_then(|after| Some((self.events.resume(topic, after.event)?, after.is_end)));
        match resumed {
            Some((stream, has_end)) => OrderWatch::go_on(self, id, stream, has_end).await,
            None => OrderWatch::begin_anew(self, id, after.is_some()).await,
        }
    }
}

impl OrderWatch {
    /// The watch of a client that reconnects. It is over if the client has the last event.
    async fn go_on(
        orders: &Arc<Orders>,
        id: OrderId,
        stream: Box<dyn EventStream>,
        has_end: bool,
    ) -> StorageResult<Option<Self>> {
        let Some(order) = orders.order(id).await? else { return Ok(None) };
        let mut watch = Self::new(orders, id, stream);
        let is_loading = order.is_loading();
        if is_loading {
            watch.known.found(order);
        }
        match watch.stream.try_next() {
            Some(heard) => watch.hear(heard),
            // An end that is stored but not yet published is returned when its event arrives.
            None => watch.is_over = has_end && !is_loading,
        }
        Ok(Some(watch))
    }

    /// A watch that starts with the present order.
    async fn begin_anew(orders: &Arc<Orders>, id: OrderId, was_here: bool) -> StorageResult<Option<Self>> {
        // Before storage is read, so that no change is missed between the two.
        let stream = orders.events.subscribe(Topic::Order(id));
        let Some(order) = orders.order(id).await? else { return Ok(None) };
        let mut watch = Self::new(orders, id, stream);
        if was_here {
            watch.ready.push_back(Notice { news: OrderNews::Gap(None), id: None });
        }
        watch.push(order, true);
        Ok(Some(watch))
    }

    fn new(orders: &Arc<Orders>, id: OrderId, mut stream: Box<dyn EventStream>) -> Self {
        stream.keep();
        let (orders, known) = (Arc::clone(orders), Known::nothing());
        Self { orders, stream, id, known, ready: VecDeque::new(), is_over: false }
    }

    /// Whether there are no more events, now or later.
    pub fn is_over(&self) -> bool {
        self.is_over && self.ready.is_empty()
    }

    /// The next event; `None` after the last one, or when the order was deleted.
    pub async fn next(&mut self) -> Option<Notice<OrderNews>> {
        loop {
            if let Some(notice) = self.ready.pop_front() {
                return Some(notice);
            }
            if self.is_over {
                return None;
            }
            let clock = &self.orders.clock;
            let look_at = clock.now().plus(LOOK_EVERY);
            let heard = tokio::select! {
                biased;
                heard = self.stream.next() => Some(heard),
                () = clock.sleep_until(look_at) => self.look().await,
            };
            heard.into_iter().for_each(|heard| self.hear(heard));
        }
    }

    fn hear(&mut self, heard: Heard) {
        match heard {
            Heard::Event(Event::Order(order)) if self.known.was_sent(&order) => {}
            Heard::Event(Event::Order(order)) => self.push(*order, true),
            Heard::Event(_) => {}
            Heard::Missed(count) => {
                self.known.miss();
                let id = Some(Bookmark::at(self.stream.position()));
                self.ready.push_back(Notice { news: OrderNews::Gap(Some(count)), id });
            }
        }
    }

    /// Reads the order, in case of a change without an event here. Events come before the order of storage: one that
    /// arrived meanwhile is returned first.
    async fn look(&mut self) -> Option<Heard> {
        let found = self.orders.order(self.id).await;
        let heard = self.stream.try_next();
        match found {
            _ if heard.is_some() => {}
            Ok(Some(order)) if self.known.is_known(&order) => {}
            Ok(Some(order)) => self.push(order, false),
            Ok(None) => self.is_over = true,
            // An error may be gone at the next read.
            Err(_) => {}
        }
        heard
    }

    /// Returns an order of an event, or of storage. The last event always has an id: a client that reconnects with it has
    /// all events.
    fn push(&mut self, order: Order, is_of_event: bool) {
        self.is_over = !order.is_loading();
        let place = Bookmark { event: self.stream.position(), is_end: self.is_over };
        self.known.sent(order.clone());
        let id = (is_of_event || self.is_over).then_some(place);
        self.ready.push_back(Notice { news: OrderNews::Order(Box::new(order)), id });
    }
}
