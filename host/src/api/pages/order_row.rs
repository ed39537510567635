//! The row of an order: in the list, and at the head of its own page.

use askama::Template;

use super::time::{When, clock};
use crate::domain::{Order, OrderStatus, Timestamp};

/// One order in the list.
#[derive(Template)]
#[template(path = "order_row.html")]
pub(super) struct OrderRow {
    pub(super) id: String,
    pub(super) user_id: String,
    pub(super) payment_intent_id: String,
    pub(super) status: &'static str,
    pub(super) price: Option<String>,
    pub(super) third_party_order_id: Option<String>,
    pub(super) error: Option<String>,
    pub(super) placed: When,
    /// Changes whenever the row does.
    pub(super) version: u64,
    /// The time since it was placed, until now or until it was final.
    pub(super) clock: String,
    pub(super) elapsed_ms: u128,
}

impl OrderRow {
    /// The row of `order` at `now`.
    pub(super) fn new(order: &Order, now: Timestamp) -> Self {
        let (price, third_party_order_id) = match &order.status {
            OrderStatus::Completed(receipt) => {
                let price = format!("{} {}", receipt.price, receipt.currency);
                (Some(price), Some(receipt.third_party_order_id.clone()))
            }
            _ => (None, None),
        };
        let error = match &order.status {
            OrderStatus::Failed { error } => Some(error.clone()),
            _ => None,
        };
        let end = if order.is_loading() { now } else { order.updated_at };
        let elapsed = end.since(order.created_at);
        Self {
            id: order.id.to_string(),
            user_id: order.user_id.clone(),
            payment_intent_id: order.payment_intent_id.clone(),
            status: order.status.name().as_str(),
            price,
            third_party_order_id,
            error,
            placed: When::new(order.created_at, now),
            version: order.updated_at.as_millis(),
            clock: clock(elapsed),
            elapsed_ms: elapsed.as_millis(),
        }
    }

    /// The name of its status.
    pub(super) fn status(&self) -> &'static str {
        self.status
    }

    /// Whether the order can still change.
    pub(super) fn is_loading(&self) -> bool {
        self.status == "loading"
    }
}
