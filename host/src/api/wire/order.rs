//! An order outside.

use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::one_of::{OneOf, OrderStatusText};
use crate::api::read::{Read, Value};
use crate::domain::{Order, OrderStatus};
use crate::orders::PlaceOrder;

/// An order to place.
#[derive(ToSchema)]
#[schema(as = OrderRequest)]
#[allow(dead_code, reason = "describes what `read_order_request` reads")]
pub(in crate::api) struct OrderRequestBody {
    /// Id of the user who orders: 1 to 128 visible ASCII characters.
    #[schema(example = "u_42")]
    user_id: String,
    /// Id of the Stripe PaymentIntent that pays for the order.
    #[schema(example = "pi_3MtwBwLkdIwHu7ix28a3tqPa")]
    payment_intent_id: String,
    /// URL (https or http) that gets a signed POST when the order is no longer loading.
    callback_url: Option<String>,
}

/// Reads a new order.
pub(in crate::api) fn read_order_request(value: Value<'_>) -> Read<PlaceOrder> {
    let mut fields = value.object()?;
    let user_id = fields.required("user_id", Value::text);
    let payment_intent_id = fields.required("payment_intent_id", Value::text);
    let callback_url = fields.optional("callback_url", Value::text);
    fields.finish(|| {
        let (user_id, payment_intent_id) = (user_id?, payment_intent_id?);
        Some(PlaceOrder { user_id, payment_intent_id, callback_url, traceparent: None })
    })
}

/// An order. It is loading until its job is final.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Order)]
pub(in crate::api) struct OrderBody {
    id: Uuid,
    user_id: String,
    payment_intent_id: String,
    status: OrderStatusText,
    /// Whether its job is not final.
    is_loading: bool,
    /// The price that was paid, with two decimals; known when completed.
    #[schema(example = "49.99")]
    price: Option<String>,
    /// Currency code (ISO 4217); known when completed.
    #[schema(example = "USD")]
    currency: Option<String>,
    /// Id of the order at the third party, at most 16 characters; known when completed.
    third_party_order_id: Option<String>,
    /// The reason why it failed.
    error: Option<String>,
    /// The job that completes it.
    job_id: Uuid,
    #[schema(format = DateTime)]
    created_at: String,
    /// Time of the last change of its status.
    #[schema(format = DateTime)]
    updated_at: String,
}

impl From<&Order> for OrderBody {
    fn from(order: &Order) -> Self {
        let receipt = match &order.status {
            OrderStatus::Completed(receipt) => Some(receipt),
            _ => None,
        };
        let error = match &order.status {
            OrderStatus::Failed { error } => Some(error.clone()),
            _ => None,
        };
        Self {
            id: order.id.as_uuid(),
            user_id: order.user_id.clone(),
            payment_intent_id: order.payment_intent_id.clone(),
            status: OneOf(order.status.name()),
            is_loading: order.is_loading(),
            price: receipt.map(|receipt| receipt.price.to_string()),
            currency: receipt.map(|receipt| receipt.currency.to_string()),
            third_party_order_id: receipt.map(|receipt| receipt.third_party_order_id.clone()),
            error,
            job_id: order.job_id.as_uuid(),
            created_at: order.created_at.to_string(),
            updated_at: order.updated_at.to_string(),
        }
    }
}
