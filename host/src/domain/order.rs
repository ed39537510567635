//! Orders of customers, each of which a job completes.

use serde::{Deserialize, Serialize};

use super::{AttemptError, Currency, JobId, Json, OrderId, Phase, Price, Submitter, Timestamp, closed_set};

/// The longest `third_party_order_id`, in characters.
const THIRD_PARTY_ORDER_ID_LENGTH_MAX: usize = 16;

/// An order. It is loading exactly while its job is not final.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Order {
    /// Id of the order.
    pub id: OrderId,
    /// Id of the user who ordered.
    pub user_id: String,
    /// Id of the Stripe PaymentIntent that pays for it.
    pub payment_intent_id: String,
    /// Id of the job that completes it.
    pub job_id: JobId,
    /// Its status.
    pub status: OrderStatus,
    /// Its submitter, the same as that of its job, which may be deleted before it.
    pub submitter: Submitter,
    /// Time at which it was placed.
    pub created_at: Timestamp,
    /// Time of the last change of its status.
    pub updated_at: Timestamp,
}

/// The status of an order, with its details.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum OrderStatus {
    /// Its job is not final.
    Loading,
    /// Paid, and ordered at the third party.
    Completed(Receipt),
    /// Its job was discarded.
    Failed {
        /// The reason, for a shop owner.
        error: String,
    },
    /// Its job was cancelled.
    Cancelled,
}

closed_set! {
    /// The status of an order.
    pub enum OrderStatusName {
        /// Its job is not final.
        Loading = "loading",
        /// Paid, and ordered at the third party.
        Completed = "completed",
        /// Its job was discarded.
        Failed = "failed",
        /// Its job was cancelled.
        Cancelled = "cancelled",
    }
}

impl OrderStatus {
    /// The status without its details.
    pub fn name(&self) -> OrderStatusName {
        match self {
            OrderStatus::Loading => OrderStatusName::Loading,
            OrderStatus::Completed(_) => OrderStatusName::Completed,
            OrderStatus::Failed { .. } => OrderStatusName::Failed,
            OrderStatus::Cancelled => OrderStatusName::Cancelled,
        }
    }
}

/// The result of the order's task.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Receipt {
    /// The price that was paid.
    pub price: Price,
    /// Its currency.
    pub currency: Currency,
    /// Id of the order at the third party, 1 to 16 characters.
    pub third_party_order_id: String,
}

impl Receipt {
    /// Reads a task's output. Fields beyond these three are the plugin's own.
    pub fn from_output(output: &Json) -> Result<Self, String> {
        let receipt: Receipt = serde_json::from_str(output.as_str()).map_err(|error| error.to_string())?;
        let length = receipt.third_party_order_id.chars().count();
        if length == 0 || length > THIRD_PARTY_ORDER_ID_LENGTH_MAX {
            return Err(format!(
                "third_party_order_id has {length} characters; it must have 1 to {THIRD_PARTY_ORDER_ID_LENGTH_MAX}"
            ));
        }
        Ok(receipt)
    }
}

impl Order {
    /// Whether its job is not final.
    pub fn is_loading(&self) -> bool {
        self.status == OrderStatus::Loading
    }

    /// The order at the time of its placing.
    pub fn as_placed(&self) -> Self {
        Self { status: OrderStatus::Loading, updated_at: self.created_at, ..self.clone() }
    }

    /// The order after its job entered `phase`; `None` if the order does not change.
    pub fn follow(
        &self,
        phase: &Phase,
        receipt: Option<Receipt>,
        error: Option<&AttemptError>,
        now: Timestamp,
    ) -> Option<Self> {
        let failed = |message: &str| OrderStatus::Failed { error: message.to_owned() };
        let status = match (phase, receipt) {
            (Phase::Pending { .. } | Phase::Running { .. }, _) => OrderStatus::Loading,
            (Phase::Completed { .. }, Some(receipt)) => OrderStatus::Completed(receipt),
            (Phase::Completed { .. }, None) => failed("the order was processed, but its result is missing"),
            (Phase::Discarded { .. }, _) => {
                failed(error.map_or("the order could not be processed", |e| &e.message))
            }
            (Phase::Cancelled { .. }, _) => OrderStatus::Cancelled,
        };
        (status != self.status).then(|| Self { status, updated_at: now, ..self.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Receipt, String> {
        Receipt::from_output(&Json::parse(text).unwrap())
    }

    #[test]
    fn a_receipt_is_read_from_the_output_and_other_fields_are_left_to_the_plugin() {
        let receipt =
            read(r#"{"price":"49.99","currency":"USD","third_party_order_id":"po_1","registration_id":"r"}"#)
                .unwrap();
        assert_eq!(receipt.price.to_string(), "49.99");
    }

    #[test]
    fn an_output_that_is_no_receipt_is_refused_with_the_reason() {
        assert!(read(r#"{"price":"49.99","currency":"USD"}"#).unwrap_err().contains("third_party_order_id"));
        assert!(read(r#"{"price":"1e9","currency":"USD","third_party_order_id":"x"}"#).is_err());
        let long = r#"{"price":"1","currency":"USD","third_party_order_id":"12345678901234567"}"#;
        assert!(read(long).unwrap_err().contains("17 characters"));
    }
}
