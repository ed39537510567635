//! Durable orders. They are written with their jobs, so this port only reads.

use async_trait::async_trait;

use super::{PageRequest, StorageResult};
use crate::domain::{Order, OrderId, OrderStatusName};

/// A filter of orders. All that is named must hold.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct OrderFilter {
    /// Of this user.
    pub user_id: Option<String>,
    /// With this status.
    pub status: Option<OrderStatusName>,
}

/// Durable orders.
#[async_trait]
pub trait OrderStore: Send + Sync {
    /// One order.
    async fn order(&self, id: OrderId) -> StorageResult<Option<Order>>;

    /// Orders, newest first.
    async fn orders(&self, filter: OrderFilter, page: PageRequest<OrderId>) -> StorageResult<Vec<Order>>;
}
