//! Use cases of customers: place, show, list and watch orders. The module stores an order with its job, which the queue
//! runs.

mod place;
mod validate;
mod watch;

use std::sync::Arc;

use crate::domain::{Order, OrderId, RequestProblem, TraceParent};
use crate::intake::Intake;
use crate::ports::{
    Clock, Events, Ids, OrderFilter, PageRequest, Registry, Storage, StorageError, StorageResult,
};
pub use watch::{OrderNews, OrderWatch};

/// The task that completes an order.
pub const ORDER_TASK: &str = "create-order";

/// An order to place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlaceOrder {
    /// The user who orders: 1 to 128 visible ASCII characters.
    pub user_id: String,
    /// The Stripe PaymentIntent that pays for it.
    pub payment_intent_id: String,
    /// The URL that gets a webhook when the order is no longer loading.
    pub callback_url: Option<String>,
    /// The trace that it belongs to.
    pub traceparent: Option<TraceParent>,
}

/// An order that was placed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placed {
    /// The order at its placing.
    pub order: Order,
    /// Whether it was placed before, with the same idempotency key.
    pub replayed: bool,
}

/// The reason why an order was not placed. Nothing was stored.
#[derive(Debug, thiserror::Error)]
pub enum OrderError {
    /// Fields are wrong.
    #[error("the order is not valid")]
    Invalid(Vec<RequestProblem>),
    /// No plugin can complete it.
    #[error(
        "orders cannot be taken: no active plugin offers the task {ORDER_TASK}; an operator has to upload one"
    )]
    NoPlugin,
    /// Storage failed.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// The use cases of orders.
pub struct Orders {
    storage: Arc<dyn Storage>,
    events: Arc<dyn Events>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    intake: Arc<Intake>,
}

impl Orders {
    /// The use cases over these ports.
    pub fn new(
        storage: Arc<dyn Storage>,
        registry: Arc<dyn Registry>,
        events: Arc<dyn Events>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn Ids>,
    ) -> Self {
        let intake = Intake::new(storage.clone(), registry, events.clone(), ids.clone());
        Self { storage, events, clock, ids, intake }
    }

    /// One order.
    pub async fn order(&self, id: OrderId) -> StorageResult<Option<Order>> {
        self.storage.order(id).await
    }

    /// Orders, newest first.
    pub async fn orders(&self, filter: OrderFilter, page: PageRequest<OrderId>) -> StorageResult<Vec<Order>> {
        self.storage.orders(filter, page).await
    }
}
